import { describe, expect, it } from "vitest";
import type { Post } from "~/api/types";
import { matches, readFilter, sizeOf, writeFilter } from "./filter";

const post = { status: "failed", targets: [{ platform: "x", connectionId: "con_1" }] } as Post;
const read = (query: string) => readFilter(new URLSearchParams(query));

describe("a filter", () => {
  it("of nothing shows everything", () => {
    expect(sizeOf(read(""))).toBe(0);
    expect(matches(read(""), post)).toBe(true);
  });

  it("shows what fits all that was chosen", () => {
    expect(matches(read("platform=x,linkedin&status=failed&connection=con_1"), post)).toBe(true);
    expect(matches(read("platform=linkedin"), post)).toBe(false);
    expect(matches(read("platform=x&status=published"), post)).toBe(false);
    expect(matches(read("connection=con_2"), post)).toBe(false);
  });

  it("leaves out of an address what it does not know", () => {
    expect(sizeOf(read("platform=myspace&status=lost"))).toBe(0);
  });

  it("is read from an address as it was written there, and leaves the rest of it", () => {
    const query = writeFilter(new URLSearchParams("view=week"), read("platform=x&status=failed"));
    expect(readFilter(query)).toEqual(read("platform=x&status=failed"));
    expect(query.get("view")).toBe("week");
  });
});
