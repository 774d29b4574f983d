import type { Connection } from "~/api/types";

/** How well a connection does; `until` is when a person must have connected it again. */
export type Health =
  | { level: "good"; until: Date | null }
  | { level: "soon"; until: Date }
  | { level: "ended"; until: Date }
  | { level: "broken" };

/** From so long before its end a connection is shown with a warning. */
const WARN_BEFORE_MS = 14 * 86_400_000;

/** What the status and the expiry of a connection mean now. */
export function healthOf({ status, expiresAt }: Pick<Connection, "status" | "expiresAt">, now: Date): Health {
  const until = expiresAt === null ? null : new Date(expiresAt);
  if (until !== null && until <= now) return { level: "ended", until };
  if (status === "needs_reconnect") return { level: "broken" };
  if (until === null) return { level: "good", until };
  return { level: until.getTime() - now.getTime() <= WARN_BEFORE_MS ? "soon" : "good", until };
}
