import { told } from "./client";
import type { Api } from "./client";
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
