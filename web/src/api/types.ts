import type { components } from "./schema";

type Schemas = components["schemas"];

export type Post = Schemas["Post"];
export type PostStatus = Schemas["PostStatus"];
export type Target = Schemas["Target"];
export type TargetStatus = Schemas["TargetStatus"];
export type Options = Schemas["OptionsAsk"];
export type TargetAsk = Schemas["TargetAsk"];
/** What a post says, and where. */
export type Content = Pick<Schemas["PostAsk"], "text" | "media" | "latePolicy"> & { targets: TargetAsk[] };
/** The body of a request that makes or previews a post. */
export type PostAsk = Content & Pick<Schemas["PostAsk"], "publishAt" | "timeZone">;
/** The body of a request that changes one: what it leaves out stays. */
export type PostChange = Schemas["PostAsk"];
export type Platform = Schemas["Platform"];
export type Connection = Schemas["Connection"];
export type Attachment = Schemas["Attachment"];
export type Media = Schemas["Media"];
export type Preview = Schemas["Preview"];
export type PreviewProblem = Schemas["PreviewProblem"];
export type Summary = Schemas["AnalyticsSummary"];
export type Sums = Schemas["Sums"];
export type PostMetrics = Schemas["PostMetrics"];

export const PLATFORMS: readonly Platform[] = ["linkedin", "x", "facebook", "instagram"];

export const POST_STATUSES: readonly PostStatus[] = [
  "draft",
  "scheduled",
  "publishing",
  "published",
  "partially_published",
  "failed",
  "needs_attention",
  "skipped",
  "canceled",
];
