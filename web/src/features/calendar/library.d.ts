// The library's types describe its entry alone; these are the same things where they stand.

declare module "react-big-calendar/lib/Calendar" {
  export { Calendar as default } from "react-big-calendar";
}

declare module "react-big-calendar/lib/localizers/date-fns" {
  export { dateFnsLocalizer as default } from "react-big-calendar";
}

declare module "react-big-calendar/lib/addons/dragAndDrop/EventWrapper" {
  const EventWrapper: import("react").ComponentType<import("react").PropsWithChildren>;
  export default EventWrapper;
}
