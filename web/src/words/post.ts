import type { Options, Post } from "~/api/types";

/** What the screen of one post says. */
export const words = {
  title: "Post",
  back: "Calendar",
  edit: "Edit",
  duplicate: "Duplicate",
  missingTitle: "This post is not here",
  missing: "It was deleted, or the address is not quite right.",
  toCalendar: "Back to the calendar",

  noTime: "No time chosen yet",
  dueNow: "due now",
  remaining: (time: string) => `in ${time}`,
  ifLate: "If late:",
  latePublish: "It is sent all the same.",
  lateSkip: (time: string) => `An account that is more than ${time} late is skipped.`,
  seconds: (count: number) => (count === 1 ? "1 second" : `${count} seconds`),
  minutes: (count: number) => (count === 1 ? "1 minute" : `${count} minutes`),
  hours: (count: number) => (count === 1 ? "1 hour" : `${count} hours`),

  text: "Text",
  noCommonText: "Each account has words of its own.",
  media: (count: number) => (count === 1 ? "1 file" : `${count} files`),
  altText: "Alt text:",
  noAltText: "no alt text",

  accounts: "Accounts",
  noAccounts: "No account is chosen yet.",
  ownText: "Its own text",
  part: (index: number, count: number) => `Part ${index} of ${count}`,
  open: (platform: string) => `Open on ${platform}`,
  openPart: (index: number) => `Open part ${index}`,
  openComment: "Open the first comment",
  noLink: "The platform gave no address that could be opened.",
  newTab: "(new tab)",
  publishedAt: (moment: string) => `Published ${moment}`,
  late: (time: string) => `${time} late`,
  early: (time: string) => `${time} early`,
  attempts: (count: number) => (count === 1 ? "1 attempt" : `${count} attempts`),
  nextAttempt: (moment: string, away: string) => `Next attempt ${moment} – ${away}`,

  retry: "Retry",
  retryLabel: (name: string) => `Retry ${name}`,
  retryAll: (count: number) => `Retry all ${count} that are safe`,
  retrySafe: "Sending it again publishes nothing twice.",
  retrySafeLater: "Sending it again publishes nothing twice, but the reason has to be mended first.",
  retryNo: "It cannot be sent again from here.",
  reconnect: "Reconnect",
  reconnectLabel: (name: string) => `Reconnect ${name}`,
  retried: "On its way again.",
  question: {
    title: "This may publish twice",
    text: (name: string) =>
      `Belfry does not know whether the post is live on ${name}. Look at the account first: if it is there, sending it again makes a second one.`,
    keep: "Leave it",
    confirm: "Send it anyway",
  },

  cancelPost: "Cancel post",
  deleteDraft: "Delete draft",
  cancelQuestion: {
    title: "Cancel this post?",
    text: "What has not left yet does not go out. What is published stays, and the post is kept here.",
    keep: "Keep it",
    confirm: "Cancel post",
  },
  deleteQuestion: {
    title: "Delete this draft?",
    text: "Its words and its choice of accounts are gone for good.",
    keep: "Keep it",
    confirm: "Delete draft",
  },
  canceled: "The post is canceled.",
  deleted: "The draft is deleted.",

  engagement: {
    impressions: "Impressions",
    likes: "Likes",
    comments: "Comments",
    shares: "Shares",
    clicks: "Clicks",
    title: (name: string) => `Engagement on ${name}`,
    notTold: (names: readonly string[]) => `Not told by the platform: ${listed(names)}.`,
    nothingTold: "The platform tells no figures about this post.",
    notCollected: "Engagement has not been collected yet.",
    asOf: (moment: string) => `As of ${moment}`,
  },

  options: {
    visibility: "Visible to",
    visibilities: { PUBLIC: "everybody", CONNECTIONS: "connections only" } satisfies Record<
      NonNullable<Options["visibility"]>,
      string
    >,
    link: "Link",
    firstComment: "First comment",
    replySettings: "Who may reply",
    replies: {
      following: "accounts that it follows",
      mentionedUsers: "who is mentioned",
      subscribers: "subscribers",
      verified: "verified accounts",
    } satisfies Record<NonNullable<Options["replySettings"]>, string>,
    threadNumbering: "Numbers in the thread",
    numberings: { auto: "added", off: "none" } satisfies Record<
      NonNullable<Options["threadNumbering"]>,
      string
    >,
    onThreadFailure: "If a part is refused",
    failures: {
      resume: "what is live stays",
      rollback: "what is live is taken down",
    } satisfies Record<NonNullable<Options["onThreadFailure"]>, string>,
    mediaKind: "Shown as",
    mediaKinds: { FEED: "a post in the feed", REELS: "a Reel", STORIES: "a story" } satisfies Record<
      NonNullable<Options["mediaKind"]>,
      string
    >,
  },
};

const listed = (names: readonly string[]): string =>
  new Intl.ListFormat("en-GB", { type: "conjunction" }).format(names.map((name) => name.toLowerCase()));

/** What becomes of a post that is late, as a sentence. */
export function latePolicyInWords(policy: Post["latePolicy"]): string {
  if (policy.mode === "publish") return words.latePublish;
  const { afterSeconds } = policy;
  if (afterSeconds % 3_600 === 0) return words.lateSkip(words.hours(afterSeconds / 3_600));
  if (afterSeconds % 60 === 0) return words.lateSkip(words.minutes(afterSeconds / 60));
  return words.lateSkip(words.seconds(afterSeconds));
}
