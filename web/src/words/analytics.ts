/** What the screen of numbers says. */
export const words = {
  title: "Analytics",
  range: "Range",
  ranges: { 7: "7 days", 30: "30 days", 90: "90 days", 366: "366 days" },
  days: (from: string, to: string) =>
    `${from} to ${to}, in UTC days. Each account that a post goes to counts once, on the day of the post’s time.`,
  asTable: "Show as table",
  tableOf: (title: string) => `${title}, as table`,
  none: "–",

  emptyTitle: "Nothing to count in these days",
  empty:
    "As soon as a post has gone out, this page shows how punctual it was, what failed, and how people took to it. Write a post, or look at a longer range.",
  longer: "Look at 366 days",

  outcomes: {
    published: "Published",
    failed: "Failed",
    needsAttention: "Needs attention",
    skipped: "Skipped",
    canceled: "Canceled",
  },
  measures: {
    impressions: "Impressions",
    likes: "Likes",
    comments: "Comments",
    shares: "Shares",
    clicks: "Clicks",
  },

  delivery: "Delivery",
  lateness: "Lateness",
  p50: "Half are at most this late",
  p99: "99 of 100 are at most this late",
  atMost: (time: string) => `≤ ${time}`,
  engagement: "Engagement",
  measured: (measured: string, published: string) =>
    `${measured} of ${published} published targets measured. What a platform does not tell counts as nothing.`,

  overTime: { day: "By day", week: "By week" },
  overTimeGist: (total: string, per: "day" | "week", most: string, when: string) =>
    `${total} targets in all; the most in one ${per} are ${most}, ${when}.`,
  overTimeNothing: "No target in these days.",
  weekOf: (day: string) => `week of ${day}`,
  column: { day: "Day (UTC)", week: "Week from (UTC)" },
  engagementOverTime: "Engagement over time",
  engagementNote: "Figures stand on the day of the post, not on the day on which people saw it.",
  measureGist: (measure: string, total: string, most: string, when: string) =>
    `${measure}: ${total} in all, at most ${most}, ${when}.`,
  measureNothing: (measure: string) => `${measure}: none in these days.`,
  peak: (most: string, per: "day" | "week") => `at most ${most} a ${per}`,

  byPlatform: "By platform",
  byConnection: "By account",
  platform: "Platform",
  account: "Account",
  shareGist: (rows: readonly string[]) => `${rows.join("; ")}.`,
  rowGist: (name: string, counts: string) => `${name}: ${counts}`,
  counted: {
    published: (count: string) => `${count} published`,
    failed: (count: string) => `${count} failed`,
    needsAttention: (count: string) => `${count} in need of attention`,
    skipped: (count: string) => `${count} skipped`,
    canceled: (count: string) => `${count} canceled`,
  },
  nothing: "nothing",
  impressions: (count: string) => `${count} impressions`,
  latenessByPlatform: "Lateness by platform",
  latenessNote:
    "How long after its time the platform accepted a post, on a scale that grows tenfold from line to line. Belfry counts in steps, so each figure is an upper bound.",
  half: "50 of 100",
  almostAll: "99 of 100",
  latenessSaid: (p50: string, p99: string) => `half ${p50}, 99 of 100 ${p99}`,
  latenessGist: (name: string, p50: string, p99: string) => `${name}: half ${p50}, 99 of 100 ${p99}`,
  noLateness: "Nothing was published in these days.",
};
