import { describe, expect, it } from "vitest";
import type { Post, PostStatus, Target } from "~/api/types";
import { hasStarted } from "~/api/get-post";
import { retryOf, safeRetries, takingBack } from "./allowed";

const target = (status: Target["status"], retry: Target["retry"] = "no") => ({ status, retry }) as Target;
const post = (status: PostStatus, ...targets: Target[]) => ({ status, targets }) as Post;

describe("a post", () => {
  it("has started with its first target", () => {
    expect(hasStarted(post("draft"))).toBe(false);
    expect(hasStarted(post("scheduled", target("scheduled"), target("failed")))).toBe(false);
    for (const started of ["publishing", "retrying", "published", "needs_attention"] as const) {
      expect(hasStarted(post("publishing", target("scheduled"), target(started)))).toBe(true);
    }
  });

  it("can be canceled while something of it has not gone out", () => {
    expect(takingBack(post("publishing", target("published"), target("retrying")))).toBe("cancel");
    expect(takingBack(post("published", target("published"), target("published")))).toBeNull();
    expect(takingBack(post("canceled", target("canceled")))).toBeNull();
  });

  it("that is a draft is deleted instead, also without any account", () => {
    expect(takingBack(post("draft"))).toBe("delete");
  });

  it("offers to send again what failed or needs attention, and nothing that is on its way", () => {
    expect(retryOf(target("failed", "safe"))).toBe("safe");
    expect(retryOf(target("needs_attention", "may_duplicate"))).toBe("may_duplicate");
    expect(retryOf(target("retrying", "safe"))).toBeNull();
    const failed = target("failed", "safe");
    expect(safeRetries(post("failed", failed, target("needs_attention", "may_duplicate")))).toEqual([failed]);
  });
});
