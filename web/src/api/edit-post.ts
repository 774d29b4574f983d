import { useMutation, useQueryClient } from "@tanstack/react-query";
import { told, useApi } from "./client";
import type { Api } from "./client";
import { keys } from "./keys";
import { mergePosts, refreshPosts } from "./posts-cache";
import type { PostsPages } from "./posts-cache";
import type { Post, PostChange } from "./types";

/** Changes what has not started, if nobody else did meanwhile. */
export const editPost = (api: Api, id: string, revision: number, ask: PostChange): Promise<Post> =>
  told(
    api.PATCH("/v1/posts/{id}", {
      params: { path: { id }, header: { "If-Match": `"${revision}"` } },
      body: ask,
    }),
  );

/** Moves a post to another time: shown at once, taken back when the API says no. */
export function useReschedule() {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ post, publishAt }: { post: Post; publishAt: Date }) =>
      editPost(api, post.id, post.revision, {
        publishAt: publishAt.toISOString(),
        ...(post.timeZone === null ? {} : { timeZone: post.timeZone }),
      }),
    onMutate: async ({ post, publishAt }) => {
      await client.cancelQueries({ queryKey: keys.posts });
      const before = client.getQueriesData<PostsPages>({ queryKey: keys.posts });
      const moved = { ...post, publishAt: publishAt.toISOString() };
      mergePosts(client, [moved]);
      return { before };
    },
    onError: (_error, { post }, context) => {
      for (const [key, pages] of context?.before ?? []) client.setQueryData(key, pages);
      client.setQueryData(keys.post(post.id), post);
      void refreshPosts(client);
    },
    onSuccess: (post) => {
      mergePosts(client, [post]);
    },
  });
}
