import { useEffect, useState } from "react";
import type { Platform } from "~/api/types";

// Counts as the server does, so that a counter is instant; what is said about threads comes from the server.

/** The longest post of each platform, in its own unit; as in `shared/domain/src/text.rs`. */
export const LIMITS: Record<Platform, number> = {
  linkedin: 3_000,
  x: 280,
  facebook: 63_206,
  instagram: 2_200,
};

/** How long X finds a text. */
export type Weigh = (text: string) => number;

/** Until X's own library is there. */
const roughly: Weigh = (text) => text.length;

/** X's own library weighs; it is large, and comes when the composer is open. */
export function useWeigh(): Weigh {
  const [weigh, setWeigh] = useState<{ by: Weigh }>({ by: roughly });
  useEffect(() => {
    let isThere = true;
    void loadWeigh().then((by) => {
      if (isThere) setWeigh({ by });
    });
    return () => {
      isThere = false;
    };
  }, []);
  return weigh.by;
}

export async function loadWeigh(): Promise<Weigh> {
  const { default: twitter } = await import("twitter-text");
  return (text) => twitter.parseTweet(text.normalize("NFC")).weightedLength;
}

/** The parts of a text: a line that holds only `---` begins a new one. */
export const partsOf = (text: string): string[] =>
  `\n${text.trim().replaceAll("\r\n", "\n")}\n`
    .split(/\n[^\S\n]*---[^\S\n]*(?=\n)/)
    .map((part) => part.trim())
    .filter(Boolean);

/** How long a platform finds what it would be sent; on X the longest part counts. */
export function lengthOn(platform: Platform, text: string, weigh: Weigh): number {
  const parts = partsOf(text);
  return platform === "x" ? Math.max(0, ...parts.map(weigh)) : parts.join("\n\n").length;
}
