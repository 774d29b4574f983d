import { describe, expect, it } from "vitest";
import type { Post, Target } from "~/api/types";
import { affectedBy, beginningOf } from "./affected";
import { loginOf } from "./login";

const post = (targets: Partial<Target>[], text = "") => ({ text, targets }) as Post;

describe("the removal of an account", () => {
  it("affects what has not left on it, and nothing else", () => {
    const waits = post([
      { connectionId: "a", status: "published" },
      { connectionId: "b", status: "scheduled" },
    ]);
    const retries = post([{ connectionId: "b", status: "retrying" }]);
    const gone = post([{ connectionId: "b", status: "published" }]);
    expect(affectedBy([waits, retries, gone], "b")).toEqual([waits, retries]);
    expect(affectedBy([waits, retries, gone], "a")).toEqual([]);
  });

  it("names a post by the beginning of its words there, on one line", () => {
    const long = post([{ connectionId: "a", text: null }], `${"ring ".repeat(20)}\nend`);
    expect(beginningOf(long, "a")).toBe(`${"ring ".repeat(11).trim()}…`);
    expect(beginningOf(post([{ connectionId: "a", text: "own\nwords" }], "common"), "a")).toBe("own words");
  });
});

describe("an account", () => {
  it("of Instagram that belongs to a Page is renewed by Facebook's login", () => {
    expect(loginOf({ platform: "instagram", scopes: ["pages_show_list", "instagram_basic"] })).toBe(
      "facebook",
    );
    expect(loginOf({ platform: "instagram", scopes: ["instagram_business_basic"] })).toBe("instagram");
    expect(loginOf({ platform: "linkedin", scopes: [] })).toBe("linkedin");
  });
});
