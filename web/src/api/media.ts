import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { told, useApi } from "./client";
import type { Api } from "./client";
import { keys } from "./keys";
import { Refusal, Unreachable } from "./problem";

export interface Upload {
  mediaId: string;
  /** Ends when the file lies in the bucket. */
  done: Promise<void>;
}

/** Declares a file, and sends it straight to S3; `onProgress` hears the share that has left, 0 to 1. */
export async function upload(
  api: Api,
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<Upload> {
  const started = await told(
    api.POST("/v1/media", { body: { fileName: file.name, contentType: file.type, size: file.size }, signal }),
  );
  return { mediaId: started.id, done: put(started.upload, file, onProgress, signal) };
}

/** By XMLHttpRequest, because `fetch` tells no progress. */
function put(
  to: { method: string; url: string; headers: Record<string, string> },
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(to.method, to.url);
    for (const [name, value] of Object.entries(to.headers)) {
      // The browser sets these itself, and refuses to have them set.
      if (!["content-length", "host"].includes(name.toLowerCase())) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(new Refusal(request.status, { detail: `S3 refused the file (${request.status})` }, null));
    };
    request.onerror = () => {
      reject(new Unreachable(null));
    };
    request.onabort = () => {
      reject(new DOMException("stopped", "AbortError"));
    };
    signal.addEventListener("abort", () => {
      request.abort();
    });
    request.send(file);
  });
}

/** An address is good for an hour; a page that is open longer asks for another before that. */
const ADDRESS_MS = 50 * 60_000;

/** Where a picture or film can be seen; null while that is not known, and for a document. */
export function useMediaUrl(mediaId: string, contentType: string): string | null {
  const api = useApi();
  const { data } = useQuery({
    queryKey: keys.mediaUrl(mediaId),
    queryFn: async ({ signal }) => {
      const media = await told(api.GET("/v1/media/{id}", { params: { path: { id: mediaId } }, signal }));
      return media.download?.url ?? null;
    },
    enabled: isSeen(contentType),
    staleTime: ADDRESS_MS,
    refetchInterval: ADDRESS_MS,
  });
  return data ?? null;
}

/** What was chosen in this window is shown from where it lies, before anybody has it from S3. */
export function useOwnMediaUrl(): (mediaId: string, file: File) => void {
  const client = useQueryClient();
  return useCallback(
    (mediaId, file) => {
      if (isSeen(file.type)) client.setQueryData(keys.mediaUrl(mediaId), URL.createObjectURL(file));
    },
    [client],
  );
}

const isSeen = (contentType: string): boolean => /^(image|video)\//.test(contentType);
