import { useMutation, useQueryClient } from "@tanstack/react-query";
import { told, useApi } from "./client";
import type { Api } from "./client";
import { keys } from "./keys";
import { refreshPosts } from "./posts-cache";

export const cancelPost = (api: Api, id: string): Promise<unknown> =>
  told<unknown>(api.DELETE("/v1/posts/{id}", { params: { path: { id } } }));

/** Cancels what has not left; throws a draft away. */
export function useCancelPost() {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => cancelPost(api, id),
    // Nobody waits for it: what comes anew takes the very button away that has to tell how it went.
    onSettled: (_answer, _error, id) => {
      void client.invalidateQueries({ queryKey: keys.post(id) });
      void refreshPosts(client);
    },
  });
}
