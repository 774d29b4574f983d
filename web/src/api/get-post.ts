import { useQuery } from "@tanstack/react-query";
import { told, useApi } from "./client";
import type { Api } from "./client";
import { keys } from "./keys";
import type { Post } from "./types";

export const getPost = (api: Api, id: string, signal?: AbortSignal): Promise<Post> =>
  told(api.GET("/v1/posts/{id}", { params: { path: { id } }, ...(signal ? { signal } : {}) }));

/** Whether something of it may still happen by itself. */
export const isOpen = (post: Post): boolean =>
  post.targets.some((it) => ["scheduled", "publishing", "retrying"].includes(it.status));

/** Whether something of it has left, or may have: it can be changed no more. */
export const hasStarted = (post: Post): boolean =>
  post.targets.some((it) => ["publishing", "retrying", "published", "needs_attention"].includes(it.status));

/** One post, asked for again while it goes out. */
export function usePost(id: string) {
  const api = useApi();
  return useQuery({
    queryKey: keys.post(id),
    queryFn: ({ signal }) => getPost(api, id, signal),
    refetchInterval: ({ state: { data } }) => {
      if (!data?.publishAt || !isOpen(data)) return 60_000;
      const until = Date.parse(data.publishAt) - Date.now();
      return until < 60_000 ? 2_000 : 30_000;
    },
  });
}
