import {
  addMinutes,
  differenceInCalendarWeeks,
  endOfDay,
  format,
  getDay,
  isSameDay,
  parse,
  startOfDay,
  startOfWeek,
  subHours,
} from "date-fns";
import { enGB } from "date-fns/locale/en-GB";
import { cloneElement, isValidElement, memo, useEffect, useMemo, useRef } from "react";
import type { PropsWithChildren } from "react";
import type { CalendarProps, EventProps, EventWrapperProps, SlotInfo } from "react-big-calendar";
import calendarModule from "react-big-calendar/lib/Calendar";
import localizerModule from "react-big-calendar/lib/localizers/date-fns";

import dragModule from "react-big-calendar/lib/addons/dragAndDrop";
import dragEventWrapperModule from "react-big-calendar/lib/addons/dragAndDrop/EventWrapper";
import type { EventInteractionArgs } from "react-big-calendar/lib/addons/dragAndDrop";
import { WEEK_STARTS_ON, rangeOf } from "~/time/range";
import type { View } from "~/time/range";
import { SNAP_MINUTES, isChoosable, snapped } from "~/time/snap";
import { words } from "~/words/calendar";
import "./calendar.css";
import { Chip } from "./chip";
import { countOf, mostPerDay, thinned } from "./crowd";
import type { CalendarEvent } from "./event";

// The one file that knows the calendar's library. Of its parts only those are taken that are used: its own entry would
// bring the adapters for four libraries of dates.

/** The parts are CommonJS, which bundlers hand over as they are or as their `default`. */
const own = <T,>(part: T | { default: T }): T =>
  typeof part === "object" && part !== null && "default" in part ? part.default : part;

const BigCalendar = own(calendarModule);
const withDragAndDrop = own(dragModule);
const DragEventWrapper = own(dragEventWrapperModule);
const plainLocalizer = own(localizerModule)({
  format,
  parse,
  startOfWeek: (date: Date) => startOfWeek(date, { weekStartsOn: WEEK_STARTS_ON }),
  getDay,
  locales: { "en-GB": enGB },
});
const { startOf } = plainLocalizer;
const localizer = Object.assign(plainLocalizer, {
  // What is asked for each post of each week. The library's own allow for what lasts days, and take four steps to
  // midnight; a post lasts no time, and a full month is drawn within a frame or two.
  isSameDate: isSameDay,
  startOf: (...asked: Parameters<typeof startOf>) =>
    asked[1] === "day" ? startOfDay(asked[0]) : startOf(...asked),
  inEventRange: ({ event, range }: { event: Span; range: Span }) =>
    event.end > range.start && event.start <= endOfDay(range.end),
  sortEvents: ({ evtA, evtB }: { evtA: Span; evtB: Span }) => evtA.start.getTime() - evtB.start.getTime(),
});

interface Span {
  start: Date;
  end: Date;
}

const formats = {
  dateFormat: "d",
  dayFormat: "EEE d",
  weekdayFormat: "EEE",
  timeGutterFormat: "HH:mm",
  eventTimeRangeFormat: ({ start }: { start: Date }) => format(start, "HH:mm"),
  selectRangeFormat: ({ start }: { start: Date }) => format(start, "HH:mm"),
};

/**
 * Stands between the library's drag and its calendar. When a drag begins and when it ends, the drag's part draws the whole
 * calendar anew, with other objects that say the same; only the class is new. So the class goes on a box of its own, and
 * the calendar is drawn only where something else has changed.
 */
const Grid = ({ className, ...props }: CalendarProps<CalendarEvent>) => (
  <div className={className}>
    <StillGrid {...props} />
  </div>
);

const StillGrid = memo(
  // Ours goes in here: given to the drag's part, it would make of it a new component each time, and with it each post.
  ({ components, ...props }: CalendarProps<CalendarEvent>) => (
    <BigCalendar {...props} components={{ ...components, eventWrapper: PlainEventWrapper }} />
  ),
  (before, after) =>
    isSame({ ...before, components: null }, { ...after, components: null }) &&
    isSame({ ...before.components }, { ...after.components }),
);
StillGrid.displayName = "StillGrid";

function isSame(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

const DragCalendar = withDragAndDrop<CalendarEvent>(Grid);

/** Where the day begins to be looked at, where now is not in sight. */
const MORNING = new Date(1970, 0, 1, 7, 30);
const MESSAGES = {
  showMore: (_count: number, remaining?: CalendarEvent[]) => words.more(countOf(remaining ?? [])),
};
/** A click on a day of the month proposes this hour. */
const MORNING_HOUR = 9;

interface Props {
  view: Exclude<View, "agenda">;
  date: Date;
  events: CalendarEvent[];
  onOpen: (id: string) => void;
  /** A click on an empty place, at the time that it stands for. */
  onSlot: (at: Date) => void;
  onMore: (day: Date) => void;
  /** The pointer has dropped it here. */
  onDrop: (event: CalendarEvent, at: Date) => void;
  /** The keyboard has picked it up. */
  onMove: (event: CalendarEvent) => void;
}

/** Month, week and day. */
export const Calendar = memo(function Calendar(props: Props) {
  const { view, date, events, onOpen, onSlot, onMore, onDrop, onMove } = props;
  const frame = useRef<HTMLDivElement>(null);
  useOwnRoles(frame);
  const components = useMemo(() => {
    const chip = (tall: boolean) =>
      function Event({ event }: EventProps<CalendarEvent>) {
        return <Chip event={event} onOpen={onOpen} onMove={onMove} tall={tall} />;
      };
    return {
      month: { event: chip(false) },
      week: { event: chip(true) },
      day: { event: chip(true) },
    };
  }, [onOpen, onMove]);
  const drawn = useMemo(() => {
    if (view !== "month") return events;
    const { from, to } = rangeOf(view, date);
    return thinned(events, mostPerDay(window.innerHeight, differenceInCalendarWeeks(to, from)));
  }, [view, date, events]);
  const scrollTo = useMemo(() => {
    const { from, to } = rangeOf(view, date);
    const now = new Date();
    return from <= now && now < to ? subHours(now, Math.min(1, now.getHours())) : MORNING;
  }, [view, date]);
  return (
    <div ref={frame} className="belfry-calendar">
      <DragCalendar
        localizer={localizer}
        formats={formats}
        culture="en-GB"
        toolbar={false}
        views={["month", "week", "day"]}
        view={view}
        onView={() => undefined}
        date={date}
        onNavigate={() => undefined}
        events={drawn}
        components={components}
        messages={MESSAGES}
        step={SNAP_MINUTES}
        timeslots={4}
        scrollToTime={scrollTo}
        dayLayoutAlgorithm="no-overlap"
        selectable
        resizable={false}
        draggableAccessor="isMovable"
        onSelectSlot={(slot: SlotInfo) => {
          onSlot(view === "month" ? morningOf(slot.start) : snapped(slot.start));
        }}
        onShowMore={(_events: CalendarEvent[], day: Date) => {
          onMore(day);
        }}
        doShowMoreDrillDown={false}
        drilldownView={null}
        onEventDrop={({ event, start }: EventInteractionArgs<CalendarEvent>) => {
          const at = new Date(start);
          onDrop(event, view === "month" ? at : snapped(at));
        }}
        dayPropGetter={(day: Date) => (isOver(day) ? { className: "is-over" } : {})}
        slotPropGetter={(slot: Date) => (isChoosable(slot, new Date()) ? {} : { className: "is-over" })}
      />
    </div>
  );
});

const isOver = (day: Date): boolean => addMinutes(day, 24 * 60).getTime() <= Date.now();

function morningOf(day: Date): Date {
  const morning = new Date(day);
  morning.setHours(MORNING_HOUR, 0, 0, 0);
  return morning;
}

/** The library makes its own box a button; ours stands inside, and a button holds no button. */
const PlainEventWrapper = ({ children, ...props }: PropsWithChildren<EventWrapperProps<CalendarEvent>>) => (
  <DragEventWrapper {...props}>
    {isValidElement<Roles>(children) && cloneElement(children, { role: undefined, tabIndex: undefined })}
  </DragEventWrapper>
);

interface Roles {
  role?: string | undefined;
  tabIndex?: number | undefined;
}

/**
 * The library calls its boxes tables and rows, whose cells hold nothing but the days' numbers. What a reader needs is said
 * by each post itself, so the boxes are only boxes.
 */
function useOwnRoles(frame: React.RefObject<HTMLDivElement | null>) {
  useEffect(() => {
    const { current } = frame;
    if (!current) return;
    const plain = () => {
      for (const box of current.querySelectorAll("div[role], span[role]")) {
        box.removeAttribute("role");
        box.removeAttribute("aria-sort");
        if (box.classList.contains("rbc-month-view")) box.removeAttribute("aria-label");
      }
    };
    plain();
    const observer = new MutationObserver(plain);
    observer.observe(current, { childList: true, subtree: true });
    return () => {
      observer.disconnect();
    };
  }, [frame]);
}
