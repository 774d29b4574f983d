import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { told, useApi } from "./client";
import { keys } from "./keys";
import type { PostMetrics, Summary } from "./types";

export type GroupBy = "day" | "platform" | "connection";

/** Sums over the days from `from` to `to`, both of them meant. */
export function useSummary(from: string, to: string, groupBy: GroupBy) {
  const api = useApi();
  return useQuery({
    queryKey: keys.summary(from, to, groupBy),
    queryFn: ({ signal }) =>
      told<Summary>(api.GET("/v1/analytics/summary", { params: { query: { from, to, groupBy } }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** How people took to one post. */
export function useMetrics(id: string, isThere: boolean) {
  const api = useApi();
  return useQuery({
    queryKey: keys.metrics(id),
    queryFn: ({ signal }) =>
      told<PostMetrics>(api.GET("/v1/posts/{id}/metrics", { params: { path: { id } }, signal })),
    enabled: isThere,
    staleTime: 60_000,
  });
}
