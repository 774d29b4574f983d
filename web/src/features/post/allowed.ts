import type { Post, Target } from "~/api/types";

/** A target in one of these can still be kept from going out. */
const CANCELABLE: readonly Target["status"][] = ["draft", "scheduled", "retrying", "publishing"];

/** What taking a post back means now; null when there is nothing left to take back. */
export function takingBack(post: Post): "delete" | "cancel" | null {
  if (post.status === "draft") return "delete";
  return post.targets.some((it) => CANCELABLE.includes(it.status)) ? "cancel" : null;
}

/** How a target can be sent again; null where it neither failed nor needs attention. */
export const retryOf = (target: Target): Target["retry"] | null =>
  target.status === "failed" || target.status === "needs_attention" ? target.retry : null;

/** Every target that can be sent again without a second thought. */
export const safeRetries = (post: Post): Target[] => post.targets.filter((it) => retryOf(it) === "safe");

/** Whether the account has to be connected again before this target can go out. */
export const wantsReconnect = (target: Target): boolean => target.error?.code === "needs_reconnect";
