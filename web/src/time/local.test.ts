import { describe, expect, it } from "vitest";
import { instantsOf, localOf } from "./local";

const iso = (dates: Date[] | null) => dates?.map((at) => at.toISOString().replace(".000", ""));

describe("a local time", () => {
  it.each([
    ["Europe/Berlin", "2026-12-01", "09:00", "2026-12-01T08:00:00Z"],
    ["Europe/Berlin", "2026-07-01", "09:00:30", "2026-07-01T07:00:30Z"],
    ["America/New_York", "2026-03-08", "03:00", "2026-03-08T07:00:00Z"],
    ["Australia/Lord_Howe", "2026-10-04", "02:30", "2026-10-03T15:30:00Z"],
    ["Pacific/Auckland", "2026-04-06", "00:00", "2026-04-05T12:00:00Z"],
    ["Africa/Casablanca", "2026-06-01", "12:00", "2026-06-01T11:00:00Z"],
    ["Asia/Kathmandu", "2026-01-01", "00:00", "2025-12-31T18:15:00Z"],
  ])("of %s on %s at %s is one instant", (zone, date, time, at) => {
    expect(iso(instantsOf({ date, time }, zone))).toEqual([at]);
  });

  it.each([
    ["Europe/Berlin", "2026-03-29", "02:30"],
    ["America/New_York", "2026-03-08", "02:00"],
    ["Australia/Lord_Howe", "2026-10-04", "02:15"],
    ["Pacific/Auckland", "2026-09-27", "02:59"],
    ["America/Santiago", "2026-09-06", "00:30"],
  ])("that %s skips on %s at %s is none", (zone, date, time) => {
    expect(instantsOf({ date, time }, zone)).toEqual([]);
  });

  it.each([
    ["Europe/Berlin", "2026-10-25", "02:30", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]],
    ["America/New_York", "2026-11-01", "01:59", ["2026-11-01T05:59:00Z", "2026-11-01T06:59:00Z"]],
    ["Australia/Lord_Howe", "2026-04-05", "01:45", ["2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"]],
    ["Pacific/Auckland", "2026-04-05", "02:00", ["2026-04-04T13:00:00Z", "2026-04-04T14:00:00Z"]],
    ["America/Santiago", "2026-04-04", "23:30", ["2026-04-05T02:30:00Z", "2026-04-05T03:30:00Z"]],
  ])("that comes twice in %s on %s at %s is two, the earlier first", (zone, date, time, both) => {
    expect(iso(instantsOf({ date, time }, zone))).toEqual(both);
  });

  it.each([
    ["2026-02-30", "09:00"],
    ["2026-13-01", "09:00"],
    ["2026-12-01", "24:00"],
    ["", ""],
    ["2026-12-01", "9"],
  ])("such as %s %s is none at all", (date, time) => {
    expect(instantsOf({ date, time }, "Europe/Berlin")).toBeNull();
  });

  it("is given back as the instant's own, at every hour of the day through a year and in five zones", () => {
    for (const zone of [
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Pacific/Auckland",
      "America/Santiago",
    ]) {
      for (let hour = 0; hour < 366 * 24; hour += 7) {
        const at = new Date(Date.UTC(2026, 0, 1, hour, 15));
        const instants = instantsOf(localOf(at, zone), zone) ?? [];
        expect(instants.map((it) => it.getTime())).toContain(at.getTime());
      }
    }
  });
});
