/** The marks of an axis from zero that holds `most`: two to five of them, at round whole numbers, the last not below `most`. */
export function ticksFor(most: number): number[] {
  const step = roundStep(Math.max(1, most) / 4);
  const count = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

function roundStep(least: number): number {
  if (least <= 1) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((it) => it * magnitude >= least) ?? 10;
  return Math.ceil(factor * magnitude);
}

/** The marks of a scale of durations in milliseconds: tenfold steps, and beyond seconds what people count in. */
const DURATIONS = [
  1, 10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000, 360_000_000, 3_600_000_000,
];
const A_SECOND = 3;

/** The marks from 1 ms on, up to the first that is not below `most`, at least to a second. */
export function durationsFor(most: number): number[] {
  const last = DURATIONS.findIndex((it) => it >= most);
  return DURATIONS.slice(0, last === -1 ? undefined : Math.max(A_SECOND, last) + 1);
}

/** Where on such a scale a duration stands: 0 at its beginning, 1 at its end; each tenfold is as wide as another. */
export function onDurations(value: number, marks: readonly number[]): number {
  const end = Math.log10(marks.at(-1) ?? 10);
  return Math.min(1, Math.max(0, Math.log10(Math.max(1, value)) / end));
}
