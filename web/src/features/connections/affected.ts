import type { Post } from "~/api/types";

/** What has not left yet on this account, and so will not leave once it is removed. */
export const affectedBy = (posts: readonly Post[], connectionId: string): Post[] =>
  posts.filter((post) =>
    post.targets.some(
      (it) => it.connectionId === connectionId && (it.status === "scheduled" || it.status === "retrying"),
    ),
  );

const SHOWN_LENGTH = 60;

/** The beginning of what a post says on this account, on one line, cut between two words where there are some. */
export function beginningOf(post: Post, connectionId: string): string {
  const own = post.targets.find((it) => it.connectionId === connectionId)?.text;
  const line = (own ?? post.text).replaceAll(/\s+/g, " ").trim();
  if (line.length <= SHOWN_LENGTH) return line;
  // What a reader sees as one character stays whole.
  const characters = Array.from(
    new Intl.Segmenter().segment(line.slice(0, SHOWN_LENGTH)),
    (it) => it.segment,
  );
  const cut = characters.slice(0, -1).join("");
  return `${cut.replace(/ [^ ]*$/, "").trimEnd() || cut}…`;
}
