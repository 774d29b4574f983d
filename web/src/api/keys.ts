/** The names under which answers are kept. */
export const keys = {
  posts: ["posts"] as const,
  postsBetween: (from: string, to: string) => ["posts", from, to] as const,
  drafts: ["drafts"] as const,
  post: (id: string) => ["post", id] as const,
  mediaUrl: (mediaId: string) => ["media-url", mediaId] as const,
  connections: ["connections"] as const,
  preview: (ask: string) => ["preview", ask] as const,
  summary: (from: string, to: string, groupBy: string) => ["summary", from, to, groupBy] as const,
  metrics: (id: string) => ["metrics", id] as const,
};
