import { describe, expect, it } from "vitest";
import type { Post, PostStatus, Target } from "~/api/types";
import { canEdit, retryOf, safeRetries, takingBack } from "./allowed";

const target = (status: Target["status"], retry: Target["retry"] = "no") => ({ status, retry }) as Target;
const post = (status: PostStatus, ...targets: Target[]) => ({ status, targets }) as Post;

describe("a post", () => {
  it("can be edited only while nothing of it has started", () => {
    expect(canEdit(post("draft"))).toBe(true);
    expect(canEdit(post("scheduled", target("scheduled"), target("failed")))).toBe(true);
    for (const started of ["publishing", "retrying", "published", "needs_attention"] as const) {
      expect(canEdit(post("publishing", target("scheduled"), target(started)))).toBe(false);
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
