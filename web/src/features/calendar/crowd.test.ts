import { addMinutes } from "date-fns";
import { describe, expect, it } from "vitest";
import { countOf, mostPerDay, thinned } from "./crowd";
import type { CalendarEvent } from "./event";

const on = (day: number, minute: number) => {
  const start = addMinutes(new Date(2026, 11, day), minute);
  return { id: `${day}-${minute}`, start } as CalendarEvent;
};

describe("a crowded month", () => {
  it("is given the first posts of each day, and counts all of them", () => {
    const events = [...Array(40).keys()].map((index) => on(1, 600 - index)).concat(on(2, 5), on(2, 4));
    const few = thinned(events, 10);
    expect(few).toHaveLength(12);
    expect(countOf(few)).toBe(42);
    expect(few[0]?.id).toBe("1-561");
    expect(few[9]).toMatchObject({ id: "1-570", hidden: 30 });
  });

  it("is left as it is where every post may find its place", () => {
    const events = [on(1, 1), on(1, 2), on(3, 1)];
    expect(thinned(events, 3)).toEqual(events);
  });

  it("is never given fewer posts than a day can show", () => {
    expect(mostPerDay(860, 6)).toBeGreaterThanOrEqual((860 - 100) / 6 / 26);
    expect(mostPerDay(300, 5)).toBe(mostPerDay(576, 5));
  });
});
