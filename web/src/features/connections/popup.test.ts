import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answerFrom, answerOf, consentOf, openPopup, readAnswer, stateIn } from "./popup";

const said = { kind: "belfry-oauth", code: "c", state: "s", error: null };

describe("the popup's answer", () => {
  const popup = { closed: false };
  const origin = "https://belfry.example";

  it("is taken from this very popup and our own origin only", () => {
    const event = { data: said, origin, source: popup as unknown as Window };
    expect(answerFrom(event, popup, origin)).toEqual({ code: "c", state: "s", error: null });
    expect(answerFrom({ ...event, origin: "https://evil.example" }, popup, origin)).toBeNull();
    expect(answerFrom({ ...event, source: window }, popup, origin)).toBeNull();
  });

  it.each([[null], ["belfry-oauth"], [{ kind: "other", code: "c", state: "s" }], [{}]])(
    "is not what other messages carry, such as %j",
    (data) => {
      expect(readAnswer(data)).toBeNull();
    },
  );

  it("may have empty, missing and strange fields", () => {
    expect(readAnswer({ kind: "belfry-oauth", code: "", state: 7 })).toEqual({
      code: null,
      state: null,
      error: null,
    });
  });

  it("becomes a consent or a refusal, and nothing when it lacks the state or says neither", () => {
    expect(consentOf({ code: "c", state: "s", error: null })).toEqual({ state: "s", code: "c" });
    expect(consentOf({ code: null, state: "s", error: "access_denied" })).toEqual({
      state: "s",
      error: "access_denied",
    });
    expect(consentOf({ code: "c", state: null, error: null })).toBeNull();
    expect(consentOf({ code: null, state: "s", error: null })).toBeNull();
  });

  it("belongs to the state in the authorization URL", () => {
    expect(stateIn("https://x.example/authorize?client_id=a&state=a%2Fb")).toBe("a/b");
  });
});

describe("waiting for it", () => {
  class Channel {
    static all: Channel[] = [];
    onmessage: ((event: { data: unknown }) => void) | null = null;
    isOpen = true;
    constructor() {
      Channel.all.push(this);
    }
    close() {
      this.isOpen = false;
    }
  }

  beforeEach(() => {
    Channel.all = [];
    vi.useFakeTimers();
    vi.stubGlobal("BroadcastChannel", Channel);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const begin = () => {
    const popup = { closed: false };
    const onClosed = vi.fn();
    const control = new AbortController();
    const answer = answerOf({ popup: popup as Window, state: "s", signal: control.signal, onClosed });
    return { popup, onClosed, control, answer };
  };
  const hear = (data: unknown) => {
    Channel.all[0]?.onmessage?.({ data });
  };

  it("tells once that the popup is closed, but not before its last words could be heard", async () => {
    const { popup, onClosed, control, answer } = begin();
    popup.closed = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(onClosed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(onClosed).toHaveBeenCalledTimes(1);
    control.abort();
    await expect(answer).rejects.toThrow("nobody waits");
  });

  it("still hears a popup that the platform cut off, if it names our state", async () => {
    const { popup, answer } = begin();
    popup.closed = true;
    await vi.advanceTimersByTimeAsync(10_000);
    hear({ ...said, state: "somebody else's" });
    hear(said);
    await expect(answer).resolves.toEqual({ code: "c", state: "s", error: null });
    expect(Channel.all[0]?.isOpen).toBe(false);
  });
});

describe("a popup", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("that the browser blocks is none", () => {
    vi.spyOn(window, "open").mockReturnValue(null);
    expect(openPopup("Connecting", "Going")).toBeNull();
  });
});
