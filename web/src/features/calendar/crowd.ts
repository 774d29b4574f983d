import { startOfDay } from "date-fns";
import type { CalendarEvent } from "./event";

/** The height of a chip on a month, with the space below it. */
const ROW_PX = 26;

/** What toolbar and days' names take of the window at least. */
const ABOVE_PX = 100;
/** The page is never lower; see calendar-page.module.css. */
const LOWEST_PX = 576;

/** At least what a day of a month can show in a window of this height. */
export const mostPerDay = (windowHeight: number, weeks: number): number =>
  Math.ceil((Math.max(windowHeight, LOWEST_PX) - ABOVE_PX) / weeks / ROW_PX);

/**
 * What a month has to be given: of each day the first so many posts, the last of which stands for all that are left out.
 *
 * The library sorts and lays out whatever it is given at every change, also what nobody sees: with a thousand posts a drag
 * would stutter.
 */
export function thinned(events: readonly CalendarEvent[], most: number): CalendarEvent[] {
  const days = new Map<number, CalendarEvent[]>();
  for (const event of events) {
    const day = startOfDay(event.start).getTime();
    const before = days.get(day);
    if (before) before.push(event);
    else days.set(day, [event]);
  }
  return [...days.values()].flatMap((ofDay) => {
    if (ofDay.length <= most) return ofDay;
    const sorted = [...ofDay].sort((a, b) => a.start.getTime() - b.start.getTime());
    const shown = sorted.slice(0, most);
    const last = shown.pop();
    return last ? [...shown, { ...last, hidden: sorted.length - most }] : shown;
  });
}

/** How many posts these stand for. */
export const countOf = (events: readonly CalendarEvent[]): number =>
  events.map((event) => 1 + (event.hidden ?? 0)).reduce((a, b) => a + b, 0);
