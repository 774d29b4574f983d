import { describe, expect, it } from "vitest";
import type { Post } from "~/api/types";
import {
  askOf,
  compositionOf,
  contentOf,
  draftOf,
  emptyComposition,
  instantOf,
  isBlank,
} from "./composition";

const at = new Date("2026-12-01T08:00:00Z");
const empty = emptyComposition(at, "Europe/Berlin");

describe("a composition", () => {
  it("asks for the instant that was chosen, and tells the zone", () => {
    const ask = askOf({ ...empty, text: "Hello" });
    expect(ask.publishAt).toBe("2026-12-01T08:00:00.000Z");
    expect(ask.timeZone).toBe("Europe/Berlin");
    expect(ask.latePolicy).toEqual({ mode: "publish" });
  });

  it("keeps a time as a draft only while it can be met", () => {
    expect(draftOf(empty, new Date("2026-12-01T07:00:00Z"))).toEqual(askOf(empty));
    expect(draftOf(empty, new Date("2026-12-01T08:00:00Z"))).toEqual(contentOf(empty));
  });

  it("asks for no time where the clocks skip it", () => {
    const when = { date: "2026-03-29", time: "02:30", zone: "Europe/Berlin", isSecond: false };
    expect(askOf({ ...empty, when })).not.toHaveProperty("publishAt");
  });

  it("means the time that was chosen of two", () => {
    const when = { date: "2026-10-25", time: "02:30", zone: "Europe/Berlin", isSecond: false };
    expect(instantOf(when)?.toISOString()).toBe("2026-10-25T00:30:00.000Z");
    expect(instantOf({ ...when, isSecond: true })?.toISOString()).toBe("2026-10-25T01:30:00.000Z");
  });

  it("sends only options that were chosen, and no text of a target's own that it does not have", () => {
    const targets = [
      { connectionId: "con_1", text: null, options: { firstComment: "", visibility: null } },
      { connectionId: "con_2", text: "Its own", options: { replySettings: "verified" as const } },
    ];
    expect(contentOf({ ...empty, targets }).targets).toEqual([
      { connectionId: "con_1" },
      { connectionId: "con_2", text: "Its own", options: { replySettings: "verified" } },
    ]);
  });

  it("is blank until there are words or files", () => {
    expect(isBlank({ ...empty, text: " \n" })).toBe(true);
    const target = { connectionId: "con_1", text: "Its own", options: {} };
    expect(isBlank({ ...empty, targets: [target] })).toBe(false);
  });

  it("of a post at the second of two times stays the second", () => {
    const post = {
      text: "a",
      targets: [],
      media: [],
      latePolicy: { mode: "skip", afterSeconds: 900 },
    } as unknown as Post;
    const made = compositionOf(post, new Date("2026-10-25T01:30:00Z"), "Europe/Berlin");
    expect(made.when).toEqual({ date: "2026-10-25", time: "02:30", zone: "Europe/Berlin", isSecond: true });
    expect(made.skipAfterSeconds).toBe(900);
  });
});
