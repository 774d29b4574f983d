import createClient from "openapi-fetch";
import type { Client } from "openapi-fetch";
import { createContext, useContext } from "react";
import { Refusal, Unreachable } from "./problem";
import type { paths } from "./schema";
import type { Session } from "./session";

export type Api = Client<paths>;

/** A call may take as long as API Gateway lets a function take. */
const TIMEOUT_MS = 30_000;

/** The API for one signed-in person; `onSignedOut` is told when no token is good any more. */
export function makeApi(apiUrl: string, session: Session, onSignedOut: () => void): Api {
  const api = createClient<paths>({
    baseUrl: apiUrl || location.origin,
    fetch: async (request) => {
      try {
        return await fetch(request, {
          signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]),
        });
      } catch (error) {
        if (request.signal.aborted) throw error;
        throw new Unreachable(error);
      }
    },
  });
  api.use({
    onRequest: async ({ request }) => {
      const token = await session.token();
      if (token === null) onSignedOut();
      else request.headers.set("authorization", `Bearer ${token}`);
      return request;
    },
    onResponse: ({ response }) => {
      if (response.status === 401) onSignedOut();
    },
  });
  return api;
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What the API answered, or its refusal as an exception. */
export async function told<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw new Refusal(response.status, error, response.headers.get("retry-after"));
  return data as T;
}

export const ApiContext = createContext<Api | null>(null);

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (!api) throw new Error("there is no API outside of a session");
  return api;
}

/** Names one attempt of the person's, so that sending it again makes nothing twice. */
export const newIdempotencyKey = (): string => crypto.randomUUID();
