import { InMemoryWebStorage, UserManager, WebStorageStateStore } from "oidc-client-ts";
import type { User } from "oidc-client-ts";
import { createContext } from "react";
import type { Config } from "./config";

/** Whose things are looked at: what is kept on this device is kept for each person alone. */
export const PersonContext = createContext("");

/** Who is signed in. Tokens live in this page's memory alone. */
export interface Session {
  person: string;
  /** An access token that is good now, renewed if need be; null when the person must sign in again. */
  token: () => Promise<string | null>;
  signOut: () => Promise<void>;
}

/** Says that this tab was signed in, so that a reload goes to the issuer at once; it is no credential. */
const WAS_SIGNED_IN = "belfry-signed-in";
/** A token is renewed when it is good for less than this. */
const RENEW_BEFORE_SECONDS = 60;

function managerOf(config: Config): UserManager {
  const home = `${location.origin}/`;
  return new UserManager({
    authority: config.issuer,
    client_id: config.clientId,
    redirect_uri: home,
    post_logout_redirect_uri: home,
    response_type: "code",
    scope: "openid",
    automaticSilentRenew: false,
    monitorSession: false,
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    // State and PKCE verifier have to outlive the redirect, and die with the tab.
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
  });
}

/** The way in: finishes a sign-in that has just come back, or says how to begin one. */
export class SignIn {
  readonly #manager: UserManager;
  readonly #config: Config;

  constructor(config: Config) {
    this.#config = config;
    this.#manager = managerOf(config);
  }

  /** Leaves for the issuer; comes back to where the person is now. */
  async begin(): Promise<void> {
    const state = { path: location.pathname + location.search };
    await this.#manager.signinRedirect({ state });
  }

  /**
   * The session that the address carries; null when there is none and the person shall press the button.
   *
   * Never resolves when the page is about to leave for the issuer.
   */
  async resume(): Promise<Session | null> {
    const query = new URLSearchParams(location.search);
    const isAnswer = query.has("state") && (query.has("code") || query.has("error"));
    if (!isAnswer) {
      if (sessionStorage.getItem(WAS_SIGNED_IN) === null) return null;
      sessionStorage.removeItem(WAS_SIGNED_IN);
      await this.begin();
      return new Promise(() => undefined);
    }
    const address = location.href;
    history.replaceState(null, "", "/");
    const user = await this.#manager.signinRedirectCallback(address);
    const path = (user.state as { path?: string } | undefined)?.path ?? "/";
    history.replaceState(null, "", path.startsWith("/") && !path.startsWith("//") ? path : "/");
    sessionStorage.setItem(WAS_SIGNED_IN, "yes");
    return this.#session(user);
  }

  #session(first: User): Session {
    let user: User | null = first;
    let renewing: Promise<User | null> | null = null;
    const renew = async (): Promise<User | null> => {
      // Without a refresh token there is nothing that could be renewed behind the scenes.
      if (!user?.refresh_token) return null;
      return this.#manager.signinSilent().catch(() => null);
    };
    return {
      person: nameIn(first),
      token: async () => {
        if (user && (user.expires_in ?? Infinity) > RENEW_BEFORE_SECONDS) return user.access_token;
        renewing ??= renew().finally(() => {
          renewing = null;
        });
        user = await renewing;
        return user?.access_token ?? null;
      },
      signOut: async () => {
        sessionStorage.removeItem(WAS_SIGNED_IN);
        await this.#manager.signoutRedirect({
          // Cognito wants these two instead of the standard's names.
          extraQueryParams: { client_id: this.#config.clientId, logout_uri: `${location.origin}/` },
        });
      },
    };
  }
}

function nameIn(user: User): string {
  const payload = user.access_token.split(".")[1] ?? "";
  const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (c) =>
    c.charCodeAt(0),
  );
  const claims = JSON.parse(new TextDecoder().decode(bytes)) as { username?: string; sub?: string };
  return claims.username ?? claims.sub ?? "";
}
