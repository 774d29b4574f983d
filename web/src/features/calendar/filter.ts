import type { Platform, Post, PostStatus } from "~/api/types";
import { PLATFORMS, POST_STATUSES } from "~/api/types";

/** What is shown; an empty list means everything. */
export interface Filter {
  platforms: readonly Platform[];
  statuses: readonly PostStatus[];
  connections: readonly string[];
}

const split = (value: string | null): string[] => (value ?? "").split(",").filter(Boolean);

export const readFilter = (query: URLSearchParams): Filter => ({
  platforms: PLATFORMS.filter((it) => split(query.get("platform")).includes(it)),
  statuses: POST_STATUSES.filter((it) => split(query.get("status")).includes(it)),
  connections: split(query.get("connection")),
});

export function writeFilter(query: URLSearchParams, filter: Filter): URLSearchParams {
  const after = new URLSearchParams(query);
  const lists = { platform: filter.platforms, status: filter.statuses, connection: filter.connections };
  for (const [name, values] of Object.entries(lists)) {
    if (values.length > 0) after.set(name, values.join(","));
    else after.delete(name);
  }
  return after;
}

export const sizeOf = (filter: Filter): number =>
  filter.platforms.length + filter.statuses.length + filter.connections.length;

export function matches(filter: Filter, post: Post): boolean {
  const { platforms, statuses, connections } = filter;
  return (
    (statuses.length === 0 || statuses.includes(post.status)) &&
    (platforms.length === 0 || post.targets.some((target) => platforms.includes(target.platform))) &&
    (connections.length === 0 || post.targets.some((target) => connections.includes(target.connectionId)))
  );
}
