import type { Connection, Platform } from "~/api/types";

/** What only an Instagram account that came through Facebook's login may do. */
const FACEBOOK_SCOPE = "instagram_basic";

/** The login that opened this account, and opens it again: an Instagram account of a Page came through Facebook's. */
export const loginOf = ({ platform, scopes }: Pick<Connection, "platform" | "scopes">): Platform =>
  platform === "instagram" && scopes.includes(FACEBOOK_SCOPE) ? "facebook" : platform;
