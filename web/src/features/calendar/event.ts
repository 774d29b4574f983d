import { addMinutes, endOfDay, min } from "date-fns";
import type { Post } from "~/api/types";

/** A post as the calendar's library wants it. */
export interface CalendarEvent {
  id: string;
  post: Post;
  title: string;
  start: Date;
  end: Date;
  /** Whether it can be given another time: nothing of it has left, and nothing of it was taken back. */
  isMovable: boolean;
  /** How many later posts of its day it stands for, where a month has no room for them. */
  hidden?: number;
}

/** A post takes no time; so long is its place on the grid, so that its words can be read. */
const SHOWN_MINUTES = 30;

export const isMovable = (post: Post): boolean =>
  post.targets.every((target) => target.status === "scheduled");

/** Where its place on the grid ends: on the same day, or a month would draw it across two. */
export const endOf = (start: Date): Date => min([addMinutes(start, SHOWN_MINUTES), endOfDay(start)]);

const made = new WeakMap<Post, CalendarEvent>();

/** The same post is the same event, so that what did not change is not drawn again. */
export function eventOf(post: Post): CalendarEvent | null {
  if (post.publishAt === null) return null;
  const known = made.get(post);
  if (known) return known;
  const start = new Date(post.publishAt);
  const event = {
    id: post.id,
    post,
    title: titleOf(post),
    start,
    end: endOf(start),
    isMovable: isMovable(post),
  };
  made.set(post, event);
  return event;
}

/** The first words, of whichever text there is. */
export function titleOf(post: Post): string {
  const text = post.text || (post.targets.find((target) => target.text)?.text ?? "");
  return text.trim().replaceAll(/\s+/g, " ").slice(0, 140);
}
