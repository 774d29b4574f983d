import { told } from "./client";
import type { Api } from "./client";
import type { Content, Post, PostAsk } from "./types";

// The same key makes a post once, however often these are called.

const once = (key: string) => ({ header: { "Idempotency-Key": key } });

/** Publishes now. */
export const publishPost = (api: Api, content: Content, key: string): Promise<Post> =>
  content.targets.length > 1
    ? told(api.POST("/v1/posts/publish-multi", { body: content, params: once(key) }))
    : told(api.POST("/v1/posts/publish", { body: content, params: once(key) }));

/** Publishes at the moment that the request names. */
export const schedulePost = (api: Api, ask: PostAsk, key: string): Promise<Post> =>
  told(api.POST("/v1/posts/schedule", { body: ask, params: once(key) }));

/** Keeps what is not finished. */
export const keepDraft = (api: Api, ask: PostAsk, key: string): Promise<Post> =>
  told(api.POST("/v1/posts/drafts", { body: ask, params: once(key) }));
