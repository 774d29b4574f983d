import { tzOffset } from "@date-fns/tz";

/** A date and a time as a clock on the wall shows them, without a zone: `2026-12-01` and `09:00` or `09:00:30`. */
export interface LocalTime {
  date: string;
  time: string;
}

/**
 * The instants at which the clocks of a zone show this: one, or none when summer time skips it, or two when the clocks
 * are set back, the earlier first. Null when it is no date and time at all.
 */
export function instantsOf({ date, time }: LocalTime, zone: string): Date[] | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(`${date}T${time}`);
  if (!found) return null;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = found
    .slice(1)
    .map((part) => Number(part || 0));
  const asIfUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  const isDate = new Date(asIfUtc).toISOString().startsWith(date);
  if (!isDate || hour > 23 || minute > 59 || second > 59) return null;
  // Clocks change by less than a day, so the offsets of the day before and of the day after are all that can hold.
  const near = [-DAY_MS, DAY_MS].map((ms) => tzOffset(zone, new Date(asIfUtc + ms)));
  const candidates = [...new Set(near)].map((offset) => new Date(asIfUtc - offset * 60_000));
  return candidates
    .filter((at) => at.getTime() + tzOffset(zone, at) * 60_000 === asIfUtc)
    .sort((a, b) => a.getTime() - b.getTime());
}

/** What the clocks of a zone show at an instant; seconds only where there are some. */
export function localOf(at: Date, zone: string): LocalTime {
  const shown = new Date(at.getTime() + tzOffset(zone, at) * 60_000).toISOString();
  const seconds = shown.slice(17, 19);
  return { date: shown.slice(0, 10), time: seconds === "00" ? shown.slice(11, 16) : shown.slice(11, 19) };
}

const DAY_MS = 86_400_000;
