import { describe, expect, it } from "vitest";
import { durationsFor, onDurations, ticksFor } from "./scale";

describe("an axis", () => {
  it("begins at zero and has few, round, whole marks", () => {
    expect(ticksFor(0)).toEqual([0, 1]);
    expect(ticksFor(1)).toEqual([0, 1]);
    expect(ticksFor(3)).toEqual([0, 1, 2, 3]);
    expect(ticksFor(7)).toEqual([0, 2, 4, 6, 8]);
    expect(ticksFor(1_234)).toEqual([0, 500, 1_000, 1_500]);
  });

  it("always holds its greatest value, with no more than five marks above zero", () => {
    for (let most = 0; most < 5_000; most += 1) {
      const ticks = ticksFor(most);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
      expect(ticks.length).toBeLessThanOrEqual(6);
    }
  });

  it("of lateness goes from a millisecond by tenfold steps, then to minutes and hours", () => {
    expect(durationsFor(90)).toEqual([1, 10, 100, 1_000]);
    expect(durationsFor(30_000).at(-1)).toBe(60_000);
    const marks = durationsFor(1_000);
    expect([1, 10, 1_000, 0, 5_000].map((it) => onDurations(it, marks).toFixed(2))).toEqual([
      "0.00",
      "0.33",
      "1.00",
      "0.00",
      "1.00",
    ]);
  });
});
