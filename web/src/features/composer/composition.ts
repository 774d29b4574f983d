import type { Attachment, Content, Options, Post, PostAsk, TargetAsk } from "~/api/types";
import { instantsOf, localOf } from "~/time/local";
import type { LocalTime } from "~/time/local";
import { isChoosable } from "~/time/snap";

/** One account that the post shall go to. */
export interface ComposedTarget {
  connectionId: string;
  /** Words for it alone; null where it says what everyone says. */
  text: string | null;
  options: Options;
}

/** A file that lies in the bucket. */
export interface ComposedFile {
  mediaId: string;
  fileName: string;
  contentType: string;
  altText: string;
}

/** The time as it was chosen: a local one, in a zone. */
export interface Chosen extends LocalTime {
  zone: string;
  /** Which of the two is meant when the clocks show it twice. */
  isSecond: boolean;
}

/** All that the composer holds. Plain data: it is kept on this device, and compared. */
export interface Composition {
  text: string;
  targets: ComposedTarget[];
  media: ComposedFile[];
  when: Chosen;
  /** Seconds after its time from which it is left out; null publishes however late. */
  skipAfterSeconds: number | null;
}

export const emptyComposition = (at: Date, zone: string): Composition => ({
  text: "",
  targets: [],
  media: [],
  when: { ...localOf(at, zone), zone, isSecond: false },
  skipAfterSeconds: null,
});

/** What a post says, to go on with; without its time when there is none, or when it is a copy. */
export function compositionOf(post: Post, at: Date, zone: string): Composition {
  return {
    text: post.text,
    targets: post.targets.map(({ connectionId, text, options }) => ({ connectionId, text, options })),
    media: post.media.map(fileOf),
    when: chosenAt(at, zone),
    skipAfterSeconds: post.latePolicy.mode === "skip" ? post.latePolicy.afterSeconds : null,
  };
}

const fileOf = ({ mediaId, fileName, contentType, altText }: Attachment): ComposedFile => ({
  mediaId,
  fileName,
  contentType,
  altText: altText ?? "",
});

function chosenAt(at: Date, zone: string): Chosen {
  const local = localOf(at, zone);
  const isSecond = (instantsOf(local, zone) ?? []).at(1)?.getTime() === at.getTime();
  return { ...local, zone, isSecond };
}

/** The instant that was chosen; null when there is none, or two and neither was chosen. */
export function instantOf(when: Chosen): Date | null {
  const instants = instantsOf(when, when.zone) ?? [];
  return (when.isSecond ? instants.at(1) : undefined) ?? instants[0] ?? null;
}

/** Whether there is anything to lose. */
export const isBlank = (it: Composition): boolean =>
  it.text.trim() === "" && it.media.length === 0 && it.targets.every((target) => !target.text?.trim());

/** What is sent to be published or previewed. */
export function contentOf(it: Composition): Content {
  return {
    text: it.text,
    media: it.media.map(({ mediaId, altText }) => ({ mediaId, altText: altText.trim() || null })),
    targets: it.targets.map(targetAsk),
    latePolicy:
      it.skipAfterSeconds === null
        ? { mode: "publish" }
        : { mode: "skip", afterSeconds: it.skipAfterSeconds },
  };
}

/** The same with its time. */
export function askOf(it: Composition): PostAsk {
  const at = instantOf(it.when);
  return {
    ...contentOf(it),
    ...(at === null ? {} : { publishAt: at.toISOString(), timeZone: it.when.zone }),
  };
}

/** What a draft keeps: its time too, as long as that can still be met. */
export function draftOf(it: Composition, now: Date): PostAsk {
  const at = instantOf(it.when);
  return at !== null && isChoosable(at, now) ? askOf(it) : contentOf(it);
}

function targetAsk({ connectionId, text, options }: ComposedTarget): TargetAsk {
  const chosen = Object.entries(options).filter(([, value]) => value !== null && value !== "");
  return {
    connectionId,
    ...(text === null ? {} : { text }),
    ...(chosen.length === 0 ? {} : { options: Object.fromEntries(chosen) }),
  };
}

/** What a target says: its own words, or everyone's. */
export const textFor = (it: Composition, target: ComposedTarget): string => target.text ?? it.text;
