import { tzOffset } from "@date-fns/tz";

/** The zone that this browser lives in. */
export const browserZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** Every zone that this browser knows. */
export function allZones(): string[] {
  const zones = Intl.supportedValuesOf("timeZone");
  return zones.includes("UTC") ? zones : ["UTC", ...zones];
}

/** The offset of a zone at a moment, as people write it: `UTC+1`, `UTC−3:30`, `UTC`. */
export function offsetOf(zone: string, at: Date): string {
  const minutes = tzOffset(zone, at);
  if (minutes === 0) return "UTC";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? "−" : "+"}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

/** A zone with its offset at a moment: `Europe/Berlin (UTC+1)`. */
export const zoneLabel = (zone: string, at: Date): string =>
  `${zone.replaceAll("_", " ")} (${offsetOf(zone, at)})`;
