/** From so near the time is counted down to its second. */
export const COUNTDOWN_MS = 3_600_000;

/** What is left, to the second: `4 min 10 s`, `9 s`; a begun second counts. */
export function remaining(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`;
}
