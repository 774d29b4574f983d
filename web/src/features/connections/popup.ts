import type { Consent } from "~/api/connections";

/** What the callback page hands on; a field is null where the platform's redirect had none. */
export interface Answer {
  code: string | null;
  state: string | null;
  error: string | null;
}

/** What the callback page calls its messages, and the channel on which it may say the same. */
const KIND = "belfry-oauth";
const CLOSED_LOOK_MS = 400;
/** A window that says something and closes may be seen closed before it is heard. */
const LAST_WORDS_MS = 1_200;
const WIDTH = 600;
const HEIGHT = 760;

/**
 * An empty window in the middle of this one; null where the browser blocks it.
 *
 * Must be called while the person's click still counts, before anything is awaited.
 */
export function openPopup(title: string, text: string): Window | null {
  const left = Math.round(window.screenX + (window.outerWidth - WIDTH) / 2);
  const top = Math.round(window.screenY + (window.outerHeight - HEIGHT) / 2);
  const features = `popup,width=${WIDTH},height=${HEIGHT},left=${left},top=${top}`;
  const popup = window.open("about:blank", "_blank", features);
  if (popup === null || popup.closed) return null;
  popup.document.title = title;
  popup.document.body.textContent = text;
  return popup;
}

/** The answer in a message; null when it is none. */
export function readAnswer(data: unknown): Answer | null {
  if (typeof data !== "object" || data === null || (data as { kind?: unknown }).kind !== KIND) return null;
  const field = (name: keyof Answer): string | null => {
    const value = (data as Record<string, unknown>)[name];
    return typeof value === "string" && value !== "" ? value : null;
  };
  return { code: field("code"), state: field("state"), error: field("error") };
}

/** The answer that an event carries, if it comes from this very popup and from our own pages. */
export function answerFrom(
  event: Pick<MessageEvent<unknown>, "data" | "origin" | "source">,
  popup: unknown,
  origin: string,
): Answer | null {
  return event.origin === origin && event.source === popup ? readAnswer(event.data) : null;
}

/** What can be handed to the API; null when the redirect brought neither a code nor an error, or no state. */
export function consentOf({ code, state, error }: Answer): Consent | null {
  if (state === null) return null;
  if (error !== null) return { state, error };
  return code === null ? null : { state, code };
}

/** The state that an authorization URL carries. */
export const stateIn = (authorizationUrl: string): string | null =>
  new URL(authorizationUrl).searchParams.get("state");

interface Waiting {
  popup: Window;
  /** The state of the authorization that the popup is at. */
  state: string | null;
  signal: AbortSignal;
  /** The popup seems to be closed; an answer may still come. */
  onClosed: () => void;
}

/**
 * Waits for the callback page's answer, until the signal ends it.
 *
 * A platform whose pages send `Cross-Origin-Opener-Policy` cuts the popup off: it then looks closed from here although
 * the person is still in it, and cannot post to us when it comes back. Therefore a closed popup does not end the
 * waiting, and an answer with our own state is also taken from a channel of our origin.
 */
export function answerOf({ popup, state, signal, onClosed }: Waiting): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const channel = new BroadcastChannel(KIND);
    let closedAt: number | null = null;
    const timer = setInterval(() => {
      if (!popup.closed) return;
      closedAt ??= Date.now();
      if (Date.now() - closedAt < LAST_WORDS_MS) return;
      clearInterval(timer);
      onClosed();
    }, CLOSED_LOOK_MS);
    const stop = () => {
      clearInterval(timer);
      channel.close();
      window.removeEventListener("message", onMessage);
      signal.removeEventListener("abort", onAbort);
    };
    const take = (answer: Answer | null) => {
      if (answer === null) return;
      stop();
      resolve(answer);
    };
    const onMessage = (event: MessageEvent<unknown>) => {
      take(answerFrom(event, popup, location.origin));
    };
    const onAbort = () => {
      stop();
      reject(new DOMException("nobody waits any more", "AbortError"));
    };
    channel.onmessage = (event: MessageEvent<unknown>) => {
      const answer = readAnswer(event.data);
      if (answer !== null && state !== null && answer.state === state) take(answer);
    };
    window.addEventListener("message", onMessage);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });
}
