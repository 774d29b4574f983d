import { useCallback, useState } from "react";
import { useApi } from "~/api/client";
import { upload, useOwnMediaUrl } from "~/api/media";
import { sentenceOf } from "~/api/problem";
import type { ComposedFile } from "./composition";

/** A file on its way to the bucket. */
export interface Sending {
  key: number;
  file: File;
  share: number;
  error: string | null;
  stop: AbortController;
}

let count = 0;

export function useUploads(onReady: (file: ComposedFile) => void) {
  const api = useApi();
  const showOwn = useOwnMediaUrl();
  const [sending, setSending] = useState<Sending[]>([]);

  const change = useCallback((key: number, part: Partial<Sending>) => {
    setSending((before) => before.map((it) => (it.key === key ? { ...it, ...part } : it)));
  }, []);

  const drop = useCallback((key: number) => {
    setSending((before) => before.filter((it) => it.key !== key));
  }, []);

  const send = useCallback(
    async (one: Sending) => {
      try {
        const onProgress = (share: number) => {
          change(one.key, { share });
        };
        const { mediaId, done } = await upload(api, one.file, onProgress, one.stop.signal);
        await done;
        showOwn(mediaId, one.file);
        onReady({ mediaId, fileName: one.file.name, contentType: one.file.type, altText: "" });
        drop(one.key);
      } catch (error) {
        if (one.stop.signal.aborted) drop(one.key);
        else change(one.key, { error: sentenceOf(error) });
      }
    },
    [api, change, drop, onReady, showOwn],
  );

  const add = useCallback(
    (files: Iterable<File>) => {
      const made = [...files].map((file): Sending => ({
        key: (count += 1),
        file,
        share: 0,
        error: null,
        stop: new AbortController(),
      }));
      setSending((before) => [...before, ...made]);
      for (const one of made) void send(one);
    },
    [send],
  );

  return {
    sending,
    add,
    again: (one: Sending) => {
      const fresh = { ...one, share: 0, error: null, stop: new AbortController() };
      change(one.key, fresh);
      void send(fresh);
    },
    stop: (one: Sending) => {
      one.stop.abort();
      drop(one.key);
    },
    isRunning: sending.some((it) => it.error === null),
  };
}
