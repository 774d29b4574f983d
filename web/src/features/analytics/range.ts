import type { Summary } from "~/api/types";

/** How many days back the screen can look. */
export type Preset = 7 | 30 | 90 | 366;

export const PRESETS: readonly Preset[] = [7, 30, 90, 366];

const DAY_MS = 86_400_000;
const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** The preset that the address names; a month where it names none. */
export const presetIn = (text: string | null): Preset => PRESETS.find((it) => String(it) === text) ?? 30;

/** The last so many UTC days, today meant. */
export const rangeUntil = (now: Date, preset: Preset): { from: string; to: string } => ({
  from: dayOf(new Date(now.getTime() - (preset - 1) * DAY_MS)),
  to: dayOf(now),
});

export type Counts = Summary["totals"]["counts"];
export type Engagement = Omit<Summary["totals"]["engagement"], "measuredTargets">;

export const OUTCOMES = ["published", "failed", "needsAttention", "skipped", "canceled"] as const;
export type Outcome = (typeof OUTCOMES)[number];
export const MEASURES = ["impressions", "likes", "comments", "shares", "clicks"] as const;
export type Measure = (typeof MEASURES)[number];

/** One day, or the week that begins with it. */
export interface Bin {
  day: string;
  counts: Counts;
  engagement: Engagement;
}

/** So many bars can still be told apart on a phone; what is longer is shown by weeks. */
const MOST_DAYS = 90;

/** Whether a range is shown by days or by weeks. */
export const binOf = (days: number): "day" | "week" => (days > MOST_DAYS ? "week" : "day");

/** Every day from `from` to `to`, also those of which the API says nothing, because nothing happened. */
export function daysIn(groups: Summary["groups"], from: string, to: string): Bin[] {
  const found = new Map(groups.map((group) => [group.key, group]));
  const bins: Bin[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS) {
    const day = dayOf(new Date(at));
    const group = found.get(day);
    bins.push({ day, counts: group?.counts ?? NO_COUNTS, engagement: group?.engagement ?? NO_ENGAGEMENT });
  }
  return bins;
}

/** Days as weeks that begin on Monday; the first and the last may be cut. */
export function weeksOf(days: readonly Bin[]): Bin[] {
  const weeks: Bin[] = [];
  for (const bin of days) {
    const last = weeks.at(-1);
    const isMonday = new Date(bin.day).getUTCDay() === 1;
    if (last === undefined || isMonday) weeks.push(bin);
    else weeks[weeks.length - 1] = { day: last.day, ...added(last, bin) };
  }
  return weeks;
}

const added = (a: Bin, b: Bin): Omit<Bin, "day"> => ({
  counts: summed(OUTCOMES, a.counts, b.counts),
  engagement: summed(MEASURES, a.engagement, b.engagement),
});

const summed = <K extends string>(keys: readonly K[], a: Record<K, number>, b: Record<K, number>) =>
  Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as Record<K, number>;

/** Everything that ended one way or another. */
export const totalOf = (counts: Counts): number => OUTCOMES.reduce((sum, it) => sum + counts[it], 0);

const NO_COUNTS: Counts = { published: 0, failed: 0, needsAttention: 0, skipped: 0, canceled: 0 };
const NO_ENGAGEMENT: Engagement = { impressions: 0, likes: 0, comments: 0, shares: 0, clicks: 0 };
