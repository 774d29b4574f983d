import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { told, useApi } from "./client";
import type { Api } from "./client";
import { keys } from "./keys";
import { refreshPosts } from "./posts-cache";
import { PLATFORMS } from "./types";
import type { Connection, Platform } from "./types";

const byPlatform = (a: Connection, b: Connection): number =>
  PLATFORMS.indexOf(a.platform) - PLATFORMS.indexOf(b.platform) || a.displayName.localeCompare(b.displayName);

/** Every account, by platform and name. */
export function useConnections() {
  const api = useApi();
  return useQuery({
    queryKey: keys.connections,
    queryFn: async ({ signal }) =>
      (await told(api.GET("/v1/connections", { signal }))).connections.sort(byPlatform),
    staleTime: 30_000,
  });
}

export const startConnection = (api: Api, platform: Platform) =>
  told(api.POST("/v1/connections/{platform}/authorize", { params: { path: { platform } } }));

/** What the platform's redirect brought back. */
export interface Consent {
  state: string;
  code?: string;
  error?: string;
}

export function useFinishConnection() {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({
      platform,
      consent,
    }: {
      platform: Platform;
      consent: Consent;
    }): Promise<Connection[]> => {
      const call = { params: { path: { platform } }, body: consent };
      return (await told(api.POST("/v1/connections/{platform}/complete", call))).connections;
    },
    onSuccess: () => client.invalidateQueries({ queryKey: keys.connections }),
  });
}

export function useRemoveConnection() {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      told<unknown>(api.DELETE("/v1/connections/{id}", { params: { path: { id } } })),
    // Nobody waits for it: what comes anew takes the very row away that has to tell how it went.
    onSettled: () => {
      void client.invalidateQueries({ queryKey: keys.connections });
      void refreshPosts(client);
    },
  });
}
