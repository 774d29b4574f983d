import { useInfiniteQuery, useQueryClient, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { told, useApi } from "./client";
import type { Api } from "./client";
import { isOpen } from "./get-post";
import { keys } from "./keys";
import { mergePosts } from "./posts-cache";
import type { PostsPage } from "./posts-cache";
import type { Post } from "./types";

/** The greatest page that the API gives. */
const PAGE = 200;
/** What is far from its time changes only by other hands. */
const REFRESH_MS = 60_000;
/** How often is asked while something goes out. */
const LIVE_REFRESH_MS = 2_000;
/** What is due so soon is looked at as if it went out. */
const LIVE_AHEAD_MS = 60_000;
/** What was due so long ago has ended, or waits for another attempt. */
const LIVE_BEHIND_MS = 15 * 60_000;

const list = (
  api: Api,
  query: { from?: string; to?: string; status?: "draft"; cursor?: string },
  signal: AbortSignal,
) => told<PostsPage>(api.GET("/v1/posts", { params: { query: { ...query, limit: PAGE } }, signal }));

/** The posts between two instants: the first page as soon as it is there, the others one after the other. */
export function usePosts(from: string, to: string) {
  const api = useApi();
  const query = useInfiniteQuery({
    queryKey: keys.postsBetween(from, to),
    queryFn: ({ pageParam, signal }) =>
      list(api, { from, to, ...(pageParam === null ? {} : { cursor: pageParam }) }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: REFRESH_MS,
  });
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  const posts = useMemo(() => query.data?.pages.flatMap((page) => page.posts) ?? [], [query.data]);
  useLive(posts);
  return {
    posts,
    isPending: query.isPending,
    isComplete: !hasNextPage,
    error: query.error,
    retry: query.refetch,
  };
}

/** What has no end yet although its time is near or past. */
const isOnItsWay = (post: Post, now: number): boolean => {
  if (post.publishAt === null) return false;
  const at = Date.parse(post.publishAt);
  return isOpen(post) && at < now + LIVE_AHEAD_MS && at > now - LIVE_BEHIND_MS;
};

/** Asks often, but only for the minutes around now, while one of these posts goes out. */
function useLive(posts: readonly Post[]) {
  const api = useApi();
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: ["posts-live"],
    queryFn: async ({ signal }) => {
      const now = Date.now();
      const from = new Date(now - LIVE_BEHIND_MS).toISOString();
      const to = new Date(now + LIVE_AHEAD_MS).toISOString();
      return (await list(api, { from, to }, signal)).posts;
    },
    enabled: posts.length > 0,
    // Asked anew each time, because posts come near by themselves.
    refetchInterval: (query) =>
      [...posts, ...(query.state.data ?? [])].some((post) => isOnItsWay(post, Date.now()))
        ? LIVE_REFRESH_MS
        : 10_000,
    gcTime: 0,
  });
  useEffect(() => {
    if (data) mergePosts(client, data);
  }, [client, data]);
}

/** What is not finished, the oldest first. */
export function useDrafts() {
  const api = useApi();
  return useQuery({
    queryKey: keys.drafts,
    queryFn: async ({ signal }) => (await list(api, { status: "draft" }, signal)).posts,
  });
}
