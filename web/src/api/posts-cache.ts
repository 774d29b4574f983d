import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { keys } from "./keys";
import type { Post } from "./types";

export interface PostsPage {
  posts: Post[];
  nextCursor: string | null;
}

export type PostsPages = InfiniteData<PostsPage, string | null>;

/** Whether `after` tells something that `before` does not. */
const differs = (before: Post, after: Post): boolean =>
  before.revision < after.revision ||
  (before.revision === after.revision && JSON.stringify(before) !== JSON.stringify(after));

function replaced(pages: PostsPages, fresh: ReadonlyMap<string, Post>): PostsPages {
  const newer = (post: Post): Post => {
    const found = fresh.get(post.id);
    return found && differs(post, found) ? found : post;
  };
  const isSame = pages.pages.every((page) => page.posts.every((post) => newer(post) === post));
  // The same object means to React that nothing has to be drawn.
  if (isSame) return pages;
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, posts: page.posts.map(newer) })) };
}

/** Puts what is known better into every list that shows it; a list that does not is left alone. */
export function mergePosts(client: QueryClient, posts: readonly Post[]): void {
  const fresh = new Map(posts.map((post) => [post.id, post]));
  client.setQueriesData<PostsPages>({ queryKey: keys.posts }, (pages) =>
    pages ? replaced(pages, fresh) : pages,
  );
  for (const post of posts) {
    client.setQueryData<Post>(keys.post(post.id), (before) =>
      before && !differs(before, post) ? before : post,
    );
  }
}

/** Every list anew: a post came, went, or changed its place. */
export async function refreshPosts(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: keys.posts }),
    client.invalidateQueries({ queryKey: keys.drafts }),
  ]);
}
