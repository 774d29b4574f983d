import { tz } from "@date-fns/tz";
import { format } from "date-fns";
import { offsetOf } from "./zone";

const inZone = (at: Date, pattern: string, zone: string): string => format(at, pattern, { in: tz(zone) });

/** `Tue 1 Dec 2026, 09:00`, with seconds where there are some. */
export const momentIn = (at: Date, zone: string): string =>
  inZone(at, at.getUTCSeconds() === 0 ? "EEE d MMM yyyy, HH:mm" : "EEE d MMM yyyy, HH:mm:ss", zone);

/** The same with the zone's offset: no time stands alone. */
export const momentWithOffset = (at: Date, zone: string): string =>
  `${momentIn(at, zone)} ${offsetOf(zone, at)}`;

/** `09:00`. */
export const timeIn = (at: Date, zone: string): string => inZone(at, "HH:mm", zone);

/** `Tue 1 Dec`. */
export const dayIn = (at: Date, zone: string): string => inZone(at, "EEE d MMM", zone);

/** `1 Dec 2026`, of a date such as `2026-12-01`. */
export const dateOf = (date: string): string =>
  format(new Date(`${date}T00:00:00Z`), "d MMM yyyy", { in: tz("UTC") });

/** How late: `3 ms`, `1.2 s`, `4 min`, `2 h`. */
export function lateness(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1_000) return `${Math.round(ms)} ms`;
  if (size < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (size < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

/** How far off: `in 3 days`, `2 hours ago`. */
export function away(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1_000;
  const units: [Intl.RelativeTimeFormatUnit, number][] = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
  ];
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  }
  return relative.format(Math.round(seconds), "second");
}
