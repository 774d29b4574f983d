import { describe, expect, it } from "vitest";
import { away, dateOf, lateness, momentIn, momentWithOffset } from "./format";
import { offsetOf, zoneLabel } from "./zone";

const winter = new Date("2026-12-01T08:00:00Z");
const summer = new Date("2026-07-01T08:00:00Z");

describe("a time on the screen", () => {
  it("is that of its zone on that day", () => {
    expect(momentIn(winter, "Europe/Berlin")).toBe("Tue 1 Dec 2026, 09:00");
    expect(momentIn(summer, "Europe/Berlin")).toBe("Wed 1 Jul 2026, 10:00");
    expect(momentIn(new Date("2026-12-01T08:00:07Z"), "UTC")).toBe("Tue 1 Dec 2026, 08:00:07");
  });

  it("carries the offset of that day", () => {
    expect(momentWithOffset(summer, "America/New_York")).toBe("Wed 1 Jul 2026, 04:00 UTC−4");
    expect(offsetOf("America/St_Johns", winter)).toBe("UTC−3:30");
    expect(offsetOf("Asia/Kathmandu", winter)).toBe("UTC+5:45");
    expect(zoneLabel("America/New_York", winter)).toBe("America/New York (UTC−5)");
  });

  it("of a day is that of the day, wherever the reader is", () => {
    expect(dateOf("2026-12-01")).toBe("1 Dec 2026");
  });

  it("says how late and how far in the unit that fits", () => {
    expect([3, 1_234, 61_000, 7_200_000].map(lateness)).toEqual(["3 ms", "1.2 s", "1 min", "2 h"]);
    expect(away(new Date("2026-12-04T08:00:00Z"), winter)).toBe("in 3 days");
    expect(away(new Date("2026-12-01T07:00:00Z"), winter)).toBe("1 hour ago");
  });
});
