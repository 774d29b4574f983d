import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { told, useApi } from "./client";
import { keys } from "./keys";
import type { PostAsk, Preview } from "./types";

/** What exactly would be sent; asked again whenever the words change. */
export function usePreview(ask: PostAsk | null) {
  const api = useApi();
  return useQuery({
    queryKey: keys.preview(JSON.stringify(ask)),
    queryFn: ({ signal }) =>
      told<{ targets: Preview[] }>(api.POST("/v1/posts/preview", { body: ask ?? { targets: [] }, signal })),
    enabled: ask !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
    retry: false,
  });
}
