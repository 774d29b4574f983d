import { useQuery } from "@tanstack/react-query";
import { told, useApi } from "./client";
import { keys } from "./keys";

/** What is left of each rate limit; asking costs nothing. */
export function useLimits(isAsked: boolean) {
  const api = useApi();
  return useQuery({
    queryKey: keys.limits,
    queryFn: async ({ signal }) => (await told(api.GET("/v1/limits", { signal }))).limits,
    enabled: isAsked,
    staleTime: 5_000,
  });
}
