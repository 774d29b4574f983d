import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, Page } from "playwright-core";

/** The running stack: addresses that `cargo xtask browse` hands over. */
interface Stack {
  webUrl: string;
  apiUrl: string;
  sandboxUrl: string;
  issuer: string;
}

const needed = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with \`cargo xtask browse\``);
  return value;
};

export const stack = JSON.parse(readFileSync(needed("BELFRY_STACK"), "utf8")) as Stack;

/** Somebody nobody has seen before. */
export const newName = (): string => `web-${randomBytes(5).toString("hex")}`;

/** What is due so soon has this long to go out, on a slow machine too. */
export const PATIENCE_MS = 60_000;

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: needed("BELFRY_CHROMIUM"),
    args: [
      "--headless",

      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Looks {
  width?: number;
  height?: number;
  dark?: boolean;
}

/** A window of its own, in Berlin, that remembers what went wrong in it. */
export async function openWindow(browser: Browser, { width = 1280, height = 860, dark = false }: Looks = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    timezoneId: "Europe/Berlin",
    locale: "en-GB",
  });
  // The accounts' pictures lie on hosts that no machine of ours reaches.
  await context.route(/\.(example|invalid|test)\//, (route) => route.abort());
  const complaints: string[] = [];
  context.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(error.error().message));
  return { context, page: await context.newPage(), complaints };
}

/** Presses *Sign in* and picks this person. */
export async function signIn(page: Page, person: string, path = "/"): Promise<void> {
  await page.goto(stack.webUrl + path);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("Or somebody else").fill(person);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Main" }).waitFor();
}

/** Connects by the consent page in its popup, as a person would. */
export async function connect(
  page: Page,
  context: BrowserContext,
  button: RegExp,
  person: string,
): Promise<void> {
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    page.getByRole("button", { name: button }).click(),
  ]);
  await popup.getByLabel("Somebody else").fill(person);
  await Promise.all([
    popup.waitForEvent("close"),
    popup.getByRole("button", { name: "Allow", exact: true }).click(),
  ]);
}

async function json<T>(response: Promise<Response>): Promise<T> {
  const answer = await response;
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${await answer.text()}`);
  // What was deleted is answered by nothing.
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

const posted = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** The same person by a script: what they have, without the page. */
export class Script {
  private constructor(private readonly token: string) {}

  static async of(person: string): Promise<Script> {
    const { accessToken } = await json<{ accessToken: string }>(
      fetch(`${stack.issuer}/_control/token`, posted({ person })),
    );
    return new Script(accessToken);
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = fetch(`${stack.apiUrl}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return json(response);
  }

  /** Sends a picture or a film, and names it. */
  async upload(
    bytes: Buffer,
    altText: string,
    contentType = "image/png",
  ): Promise<{ mediaId: string; altText: string }> {
    const file = { fileName: contentType.replace("/", "."), contentType, size: bytes.length };
    const { id, upload } = await this.call<{
      id: string;
      upload: { method: string; url: string; headers: Record<string, string> };
    }>("POST", "/media", file);
    const { method, headers } = upload;
    const sent = await fetch(upload.url, { method, headers, body: new Uint8Array(bytes) });
    if (!sent.ok) throw new Error(`S3 answered ${sent.status}`);
    return { mediaId: id, altText };
  }

  /** Edits a draft of its own as often as the limit lets it, which is then used up for this person. */
  async useUpEdits(): Promise<void> {
    const draft = await this.call<{ id: string }>("POST", "/posts/drafts", { text: "0", targets: [] });
    for (let count = 1; count < 200; count += 1) {
      try {
        await this.call("PATCH", `/posts/${draft.id}`, { text: String(count) });
      } catch (error) {
        if (String(error).includes("answered 429")) return;
        throw error;
      }
    }
    throw new Error("two hundred edits were let through");
  }

  async connections(): Promise<Account[]> {
    return (await this.call<{ connections: Account[] }>("GET", "/connections")).connections;
  }

  /** Connects by a script, by one login. */
  async connect(platform: string, person: string): Promise<void> {
    const begun = await this.call<{ authorizationUrl: string }>("POST", `/connections/${platform}/authorize`);
    let at = `${begun.authorizationUrl}&sandbox_approve=${person}`;
    for (let hop = 0; hop < 5; hop += 1) {
      const answer = await fetch(at, { redirect: "manual" });
      at = new URL(answer.headers.get("location") ?? "", at).href;
      const query = new URL(at).searchParams;
      if (query.has("code")) {
        const body = { code: query.get("code"), state: query.get("state") };
        await this.call("POST", `/connections/${platform}/complete`, body);
        return;
      }
    }
    throw new Error(`the sandbox gave no code for ${platform}`);
  }
}

export interface Account {
  id: string;
  platform: string;
  accountId: string;
  kind: string;
}

/** A second of a canvas, filmed by the browser itself. */
export async function film(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
    const brush = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(10), { mimeType: "video/mp4" });
    const filmed = new Promise<Blob>((resolve) => {
      recorder.ondataavailable = ({ data }) => {
        resolve(data);
      };
    });
    recorder.start();
    for (let frame = 0; frame < 10; frame += 1) {
      if (brush) brush.fillStyle = `hsl(${frame * 36} 80% 50%)`;
      brush?.fillRect(0, 0, canvas.width, canvas.height);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    recorder.stop();
    const bytes = new Uint8Array(await (await filmed).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  });
  return Buffer.from(base64, "base64");
}

/** What the platforms' stand-in holds of an account, the newest first. */
export const livePosts = (account: Account): Promise<{ id: string; text: string; media: unknown[] }[]> =>
  json(fetch(`${stack.sandboxUrl}/_control/posts?platform=${account.platform}&account=${account.accountId}`));

/** The next create of this account suffers. */
export const spoil = (account: Account, kind: string, more: object = {}): Promise<unknown> =>
  json(
    fetch(
      `${stack.sandboxUrl}/_control/faults`,
      posted({ platform: account.platform, account: account.accountId, operation: "create", kind, ...more }),
    ),
  );

/** What must be there. */
export function there<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("something that must be there is not");
  return value;
}

/** Asks until it is so, or fails with what was seen last. */
export async function until<T>(what: string, ask: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await ask();
    if (isSo(seen)) return seen;
    if (Date.now() > end) throw new Error(`${what} did not come; the last was ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** Where pictures for people go; made anew by each run. */
export function shots(): string {
  const folder = new URL("../../target/screenshots/", import.meta.url).pathname;
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A date and time some seconds from now, as the composer's fields take them in Berlin. */
export function ahead(seconds: number): { date: string; time: string } {
  const at = new Date(Date.now() + seconds * 1_000);
  const shown = new Intl.DateTimeFormat("sv-SE", {
    timeZone: "Europe/Berlin",
    dateStyle: "short",
    timeStyle: "medium",
  }).format(at);
  const [date = "", time = ""] = shown.split(" ");
  return { date, time };
}
