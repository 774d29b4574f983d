import type { Post, Target } from "~/api/types";

/** What one target says, part by part: only X has threads, elsewhere the parts stand together. */
export function partsOf(post: Post, target: Target): string[] {
  const parts = splitAtRules(target.text ?? post.text);
  return target.platform === "x" ? parts : [parts.join("\n\n")];
}

/** A text whose parts are separated by lines that hold only `---`. */
export function splitAtRules(text: string): string[] {
  const parts = text.split(/^[^\S\n]*---[^\S\n]*$/m).map((part) => part.trim());
  const filled = parts.filter((part) => part !== "");
  return filled.length === 0 ? [""] : filled;
}

/** One thing that is live: a part of a thread, the whole post, or the comment below it. */
export interface Live {
  kind: "whole" | "part" | "comment";
  /** Counts the parts, from 1. */
  index: number;
  /** Null where the platform's address is none that a browser should open. */
  url: string | null;
}

/** What is live of a target, in the platform's order. */
export function liveOf({ platform, published, options }: Target): Live[] {
  return published.map(({ url }, at) => {
    const isComment = at > 0 && platform !== "x" && typeof options.firstComment === "string";
    const kind = isComment ? "comment" : published.length > 1 && platform === "x" ? "part" : "whole";
    return { kind, index: at + 1, url: isWebAddress(url) ? url : null };
  });
}

/** Only such an address may become a link: a platform's answer is not ours to trust. */
export function isWebAddress(url: string): boolean {
  return URL.canParse(url) && ["https:", "http:"].includes(new URL(url).protocol);
}
