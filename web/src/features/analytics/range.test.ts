import { describe, expect, it } from "vitest";
import type { Summary } from "~/api/types";
import { daysIn, presetIn, rangeUntil, totalOf, weeksOf } from "./range";

const group = (key: string, published: number) =>
  ({
    key,
    counts: { published, failed: 1, needsAttention: 0, skipped: 0, canceled: 0 },
    engagement: {
      measuredTargets: 1,
      impressions: 10 * published,
      likes: 0,
      comments: 0,
      shares: 0,
      clicks: 0,
    },
  }) as unknown as Summary["groups"][number];

describe("a range", () => {
  it("ends with the UTC day of now and holds as many days as it says", () => {
    const now = new Date("2026-11-26T23:59:59Z");
    expect(rangeUntil(now, 7)).toEqual({ from: "2026-11-20", to: "2026-11-26" });
    const { from, to } = rangeUntil(now, 366);
    expect(daysIn([], from, to)).toHaveLength(366);
  });

  it("comes from the address, and is a month where that says nothing usable", () => {
    expect([presetIn("7"), presetIn("366"), presetIn("8"), presetIn(null)]).toEqual([7, 366, 30, 30]);
  });

  it("has a zero for every day on which nothing happened", () => {
    const days = daysIn([group("2026-03-01", 2)], "2026-02-28", "2026-03-02");
    expect(days.map((it) => [it.day, totalOf(it.counts), it.engagement.impressions])).toEqual([
      ["2026-02-28", 0, 0],
      ["2026-03-01", 3, 20],
      ["2026-03-02", 0, 0],
    ]);
  });

  it("is summed up into weeks from Monday to Sunday without losing a day", () => {
    // The 1st of November 2026 is a Sunday.
    const groups = [
      group("2026-11-01", 1),
      group("2026-11-02", 2),
      group("2026-11-08", 4),
      group("2026-11-09", 8),
    ];
    const weeks = weeksOf(daysIn(groups, "2026-10-31", "2026-11-10"));
    expect(weeks.map((it) => [it.day, it.counts.published, it.engagement.impressions])).toEqual([
      ["2026-10-31", 1, 10],
      ["2026-11-02", 6, 60],
      ["2026-11-09", 8, 80],
    ]);
  });
});
