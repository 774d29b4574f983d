import { addDays, addMinutes } from "date-fns";

/** Moves on the calendar keep to quarters of an hour. */
export const SNAP_MINUTES = 15;

/** A post can be moved to this long from now, and no nearer: the API's own limit, and time to press the button. */
const AHEAD_MS = 15_000;
/** The API's own limit. */
const AT_MOST_DAYS = 366;

const SNAP_MS = SNAP_MINUTES * 60_000;

/** The quarter of an hour nearest to an instant. Every zone's offset is a multiple of a quarter. */
export const snapped = (at: Date): Date => new Date(Math.round(at.getTime() / SNAP_MS) * SNAP_MS);

/** The next quarter of an hour that can still be chosen. */
export const nextSlot = (now: Date): Date =>
  new Date(Math.ceil((now.getTime() + AHEAD_MS) / SNAP_MS) * SNAP_MS);

/** The same time of the day so many days later, also across a change of the clocks. */
export const daysLater = (at: Date, days: number): Date => addDays(at, days);

/** One snap on from the quarter that it is in. */
export function slotsLater(at: Date, slots: number): Date {
  const floor = new Date(Math.floor(at.getTime() / SNAP_MS) * SNAP_MS);
  const isBetween = floor.getTime() !== at.getTime();
  return addMinutes(floor, SNAP_MINUTES * (slots < 0 && isBetween ? slots + 1 : slots));
}

/** Whether a post may be given this time now. */
export const isChoosable = (at: Date, now: Date): boolean =>
  at.getTime() >= now.getTime() + AHEAD_MS && at.getTime() <= addDays(now, AT_MOST_DAYS).getTime();
