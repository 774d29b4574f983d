import { format } from "date-fns";
import { describe, expect, it } from "vitest";
import { VIEWS, rangeOf, stepped } from "./range";

const shown = (at: Date) => format(at, "yyyy-MM-dd HH:mm");

describe("a view", () => {
  it("of a month shows its whole weeks, Monday to Sunday, also where the clocks change", () => {
    const { from, to } = rangeOf("month", new Date(2026, 9, 15));
    expect([shown(from), shown(to)]).toEqual(["2026-09-28 00:00", "2026-11-02 00:00"]);
  });

  it("steps from the end of a long month into a short one", () => {
    expect(shown(stepped("month", new Date(2027, 0, 31), 1))).toBe("2027-02-01 00:00");
  });

  it("begins where the one before ends", () => {
    for (const view of VIEWS) {
      const here = new Date(2026, 9, 25);
      const next = rangeOf(view, stepped(view, here, 1));
      expect(next.from.getTime()).toBeLessThanOrEqual(rangeOf(view, here).to.getTime());
      expect(next.to.getTime()).toBeGreaterThan(rangeOf(view, here).to.getTime());
    }
  });
});
