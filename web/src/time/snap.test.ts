import { describe, expect, it } from "vitest";
import { isChoosable, nextSlot, slotsLater, snapped } from "./snap";

const at = (text: string) => new Date(text);

describe("a move", () => {
  it("snaps to the nearest quarter of an hour", () => {
    expect(snapped(at("2026-12-01T09:07:29Z"))).toEqual(at("2026-12-01T09:00:00Z"));
    expect(snapped(at("2026-12-01T09:07:30Z"))).toEqual(at("2026-12-01T09:15:00Z"));
  });

  it("goes one quarter on or back from between two of them", () => {
    expect(slotsLater(at("2026-12-01T09:05:00Z"), 1)).toEqual(at("2026-12-01T09:15:00Z"));
    expect(slotsLater(at("2026-12-01T09:05:00Z"), -1)).toEqual(at("2026-12-01T09:00:00Z"));
    expect(slotsLater(at("2026-12-01T09:15:00Z"), -1)).toEqual(at("2026-12-01T09:00:00Z"));
  });

  it("cannot end in the past, nor more than a year ahead", () => {
    const now = at("2026-12-01T09:00:00Z");
    expect(isChoosable(at("2026-12-01T08:59:59Z"), now)).toBe(false);
    expect(isChoosable(at("2026-12-01T09:00:05Z"), now)).toBe(false);
    expect(isChoosable(at("2026-12-01T09:15:00Z"), now)).toBe(true);
    expect(isChoosable(at("2027-12-05T09:00:00Z"), now)).toBe(false);
  });

  it("is offered the next quarter that can still be chosen", () => {
    expect(nextSlot(at("2026-12-01T09:00:00Z"))).toEqual(at("2026-12-01T09:15:00Z"));
    expect(nextSlot(at("2026-12-01T08:59:50Z"))).toEqual(at("2026-12-01T09:15:00Z"));
  });
});
