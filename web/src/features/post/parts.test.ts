import { describe, expect, it } from "vitest";
import type { Post, Target } from "~/api/types";
import { isWebAddress, liveOf, partsOf, splitAtRules } from "./parts";

const post = { text: "one\n---\ntwo" } as Post;
const target = (more: Partial<Target>) => ({ text: null, published: [], options: {}, ...more }) as Target;

describe("a text", () => {
  it("is split at lines that hold only three dashes", () => {
    expect(splitAtRules("one\n --- \ntwo\n\n---\n---\na --- b\n----")).toEqual([
      "one",
      "two",
      "a --- b\n----",
    ]);
    expect(splitAtRules("")).toEqual([""]);
  });

  it("is a thread on X and one piece elsewhere", () => {
    expect(partsOf(post, target({ platform: "x" }))).toEqual(["one", "two"]);
    expect(partsOf(post, target({ platform: "facebook" }))).toEqual(["one\n\ntwo"]);
    expect(partsOf(post, target({ platform: "x", text: "own" }))).toEqual(["own"]);
  });
});

describe("what is live", () => {
  const at = (url: string) => ({ remoteId: "1", url });
  const kinds = (more: Partial<Target>) => liveOf(target(more)).map((it) => it.kind);

  it("is told apart into parts of a thread, and a post with its comment", () => {
    const published = [at("https://a.example/1"), at("https://a.example/2")];
    expect(kinds({ platform: "x", published })).toEqual(["part", "part"]);
    expect(kinds({ platform: "x", published: published.slice(1) })).toEqual(["whole"]);
    expect(kinds({ platform: "linkedin", published, options: { firstComment: "hi" } })).toEqual([
      "whole",
      "comment",
    ]);
  });

  it("is linked only with an address of the web", () => {
    expect(isWebAddress("https://x.com/a/status/1")).toBe(true);
    expect(isWebAddress("javascript:alert(1)")).toBe(false);
    expect(isWebAddress("urn:li:share:1")).toBe(false);
    expect(liveOf(target({ published: [at("javascript:alert(1)")] }))[0]?.url).toBeNull();
  });
});
