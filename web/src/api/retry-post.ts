import { useMutation, useQueryClient } from "@tanstack/react-query";
import { newIdempotencyKey, told, useApi } from "./client";
import { mergePosts } from "./posts-cache";
import { keys } from "./keys";
import type { Post } from "./types";

/** Sends failed targets again. */
export function useRetryPost(id: string) {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({
      connectionIds,
      confirmDuplicate,
    }: {
      connectionIds: string[];
      confirmDuplicate: boolean;
    }) =>
      told<Post>(
        api.POST("/v1/posts/{id}/retry", {
          params: { path: { id }, header: { "Idempotency-Key": newIdempotencyKey() } },
          body: { connectionIds, confirmDuplicate },
        }),
      ),
    onSuccess: (post) => {
      mergePosts(client, [post]);
    },
    onError: () => client.invalidateQueries({ queryKey: keys.post(id) }),
  });
}
