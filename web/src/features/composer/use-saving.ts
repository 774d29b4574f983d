import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useContext, useEffect, useRef, useState } from "react";
import { newIdempotencyKey, useApi } from "~/api/client";
import { editPost } from "~/api/edit-post";
import { getPost } from "~/api/get-post";
import { keepDraft } from "~/api/make-post";
import { mergePosts, refreshPosts } from "~/api/posts-cache";
import { Refusal, sentenceOf } from "~/api/problem";
import { PersonContext } from "~/api/session";
import type { Post, PostChange } from "~/api/types";
import { askOf, draftOf, isBlank } from "./composition";
import type { Composition } from "./composition";
import { dropCopy, writeCopy } from "./local-copy";

/** A pause in writing after which is saved. */
const IDLE_MS = 3_000;
/**
 * Each save of a draft counts against the limit `schedule`, 50 an hour, which the person needs for what they schedule: so
 * the saves of one composer keep apart, the longer the more there were, and are 29 in an hour. Meanwhile every change is
 * kept on this device.
 */
const apartMs = (saves: number): number => Math.min(Math.max(20_000, saves * 10_000), 180_000);
/** When the network fails. */
const AGAIN_MS = 10_000;

/** What became of what was written. */
export type Saved =
  | { kind: "blank" }
  | { kind: "unsaved" }
  | { kind: "saving" }
  | { kind: "saved" }
  | { kind: "kept"; sentence: string };

/** How a save ended: the API has all of it, somebody else changed it and the person is asked, or it is only here. */
export type Outcome = Extract<Saved, { kind: "saved" | "kept" }> | { kind: "conflict" };

const SAVED: Outcome = { kind: "saved" };

export interface Draft {
  id: string;
  revision: number;
}

interface Options {
  /** The name of the copy on this device. */
  copyKey: string;
  composition: Composition;
  /** The draft or post that is edited. */
  begins: Draft | null;
  /** What the API has of it. */
  known: Composition | null;
  /** Drafts save themselves; what is scheduled only changes when the person says so. */
  isAutomatic: boolean;
}

/** What was thrown away elsewhere is still written here, and becomes another. */
export const ifGone =
  (again: () => Promise<Post>) =>
  (error: unknown): Promise<Post> => {
    if (error instanceof Refusal && error.status === 404) return again();
    throw error;
  };

/** Keeps what is written: at once on this device, and as a draft in every pause. */
export function useSaving({ copyKey, composition, begins, known, isAutomatic }: Options) {
  const api = useApi();
  const client = useQueryClient();
  const person = useContext(PersonContext);
  const [saved, setSaved] = useState<Saved>({ kind: known ? "saved" : "blank" });
  const [theirs, setTheirs] = useState<Post | null>(null);
  const state = useRef({
    draft: begins,
    stored: known ? JSON.stringify(askOf(known)) : null,
    attempt: { body: "", key: "" },
    running: null as Promise<Outcome> | null,
    saves: 0,
    lastAt: 0,
    notBefore: 0,
    isOver: false,
  });
  // With its time also where that is over by now: what nobody changed is not to be saved anew.
  const body = JSON.stringify(askOf(composition));

  // What the newest rendering holds, for what runs later.
  const latest = useRef({ composition, body });
  useEffect(() => {
    latest.current = { composition, body };
  });

  /** Asks the person, where it was refused because somebody changed it meanwhile; answers whether it does. */
  const asksAbout = useCallback(
    async (error: unknown): Promise<boolean> => {
      const { draft } = state.current;
      if (!(error instanceof Refusal) || error.status !== 412 || !draft) return false;
      const post = await getPost(api, draft.id).catch(() => null);
      setTheirs(post);
      return post !== null;
    },
    [api],
  );

  const saveOnce = useCallback(async (): Promise<Outcome> => {
    const it = state.current;
    const { composition: now, body: sent } = latest.current;
    if (it.isOver || isBlank(now) || sent === it.stored) return SAVED;
    setSaved({ kind: "saving" });
    it.saves += 1;
    it.lastAt = Date.now();
    try {
      const ask = isAutomatic ? draftOf(now, new Date()) : askOf(now);
      const asked = JSON.stringify(ask);
      if (it.attempt.body !== asked) it.attempt = { body: asked, key: newIdempotencyKey() };
      const keep = () => keepDraft(api, ask, it.attempt.key);
      // The time would schedule a draft otherwise.
      const change: PostChange = isAutomatic ? { ...ask, status: "draft" } : ask;
      const post = it.draft
        ? await editPost(api, it.draft.id, it.draft.revision, change).catch(ifGone(keep))
        : await keep();
      it.draft = { id: post.id, revision: post.revision };
      it.stored = sent;
      mergePosts(client, [post]);
      setSaved({ kind: latest.current.body === sent ? "saved" : "unsaved" });
      if (latest.current.body === sent) dropCopy(person, copyKey);
      return SAVED;
    } catch (error) {
      if (await asksAbout(error)) {
        setSaved({ kind: "unsaved" });
        return { kind: "conflict" };
      }
      const waits = error instanceof Refusal ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
      it.notBefore = Date.now() + Math.max(AGAIN_MS, waits);
      const kept: Outcome = { kind: "kept", sentence: sentenceOf(error) };
      setSaved(kept);
      return kept;
    }
  }, [api, client, person, copyKey, isAutomatic, asksAbout]);

  /** One save at a time; whoever asks meanwhile waits for it and then has their own. */
  const save = useCallback(async (): Promise<Outcome> => {
    const it = state.current;
    while (it.running) await it.running;
    it.running = saveOnce().finally(() => {
      it.running = null;
    });
    return it.running;
  }, [saveOnce]);

  const isConflict = theirs !== null;
  useEffect(() => {
    const it = state.current;
    if (it.isOver || isConflict) return;
    if (body === it.stored || isBlank(composition)) {
      // What was written and taken back again is not to come back.
      dropCopy(person, copyKey);
      setSaved((before) =>
        ["unsaved", "kept"].includes(before.kind) ? { kind: it.stored === null ? "blank" : "saved" } : before,
      );
      return;
    }
    writeCopy(person, copyKey, {
      composition,
      postId: it.draft?.id ?? null,
      revision: it.draft?.revision ?? null,
    });
    // The same object where nothing is new, or this effect would call itself for ever.
    setSaved((before) =>
      ["saving", "kept", "unsaved"].includes(before.kind) ? before : { kind: "unsaved" },
    );
    if (!isAutomatic) return;
    const at = Math.max(Date.now() + IDLE_MS, it.lastAt + apartMs(it.saves), it.notBefore);
    const timer = setTimeout(() => void save(), at - Date.now());
    return () => {
      clearTimeout(timer);
    };
    // `saved` is here because a save that failed, or was overtaken, is to be tried again.
  }, [body, composition, copyKey, isAutomatic, isConflict, person, save, saved]);

  /** Ends saving, with what is under way, so that another call finds the draft as it is; `release` goes on with it. */
  const hold = useCallback(async () => {
    const it = state.current;
    it.isOver = true;
    while (it.running) await it.running;
  }, []);
  const release = useCallback(() => {
    state.current.isOver = false;
  }, []);

  /** The post is on its way by another call: nothing is to be saved any more. */
  const finish = useCallback(() => {
    state.current.isOver = true;
    dropCopy(person, copyKey);
    void refreshPosts(client);
  }, [client, copyKey, person]);

  return {
    saved,
    save,
    hold,
    release,
    finish,
    theirs,
    asksAbout,
    draft: () => state.current.draft,
    isDirty: () => latest.current.body !== state.current.stored && !isBlank(latest.current.composition),
    /** Ends a conflict: what is here counts as written after theirs; `stored` is what of it the API has. */
    settle: (post: Post, stored: Composition | null) => {
      state.current.draft = { id: post.id, revision: post.revision };
      state.current.stored = stored ? JSON.stringify(askOf(stored)) : null;
      state.current.notBefore = 0;
      setTheirs(null);
      setSaved({ kind: stored ? "saved" : "unsaved" });
    },
  };
}
