import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  PATIENCE_MS,
  Script,
  ahead,
  livePosts,
  newName,
  openBrowser,
  openWindow,
  shots,
  signIn,
  spoil,
  stack,
  until,
  there,
} from "./world";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** What comes before anything can be seen. */
const FIRST_LOAD_BYTES = 250_000;

interface Violation {
  id: string;
  help: string;
  nodes: { target: unknown; failureSummary?: string }[];
}

let browser: Browser;
let person: string;
let post: string;

beforeAll(async () => {
  browser = await openBrowser();
  person = newName();
  post = await furnished(person);
}, 180_000);

afterAll(async () => {
  await browser.close();
});

/** Our own mark, as a picture to send. */
async function bell(): Promise<Buffer> {
  const { page, context } = await openWindow(browser, { width: 400, height: 400, dark: false });
  await page.goto(`${stack.webUrl}/bell.svg`);
  const picture = await page.screenshot();
  await context.close();
  return picture;
}

/** Somebody with posts of several sorts, and a draft; answers the post that has most to tell. */
async function furnished(name: string): Promise<string> {
  const script = await Script.of(name);
  for (const login of ["x", "linkedin", "facebook"]) await script.connect(login, name);
  const accounts = await script.connections();
  const to = (...platforms: string[]) =>
    accounts
      .filter((it) => platforms.includes(it.platform) && it.kind !== "organization")
      .map((it) => ({ connectionId: it.id }));
  const x = there(accounts.find((it) => it.platform === "x"));
  const zone = { timeZone: "Europe/Berlin" };
  const later = (days: number, time: string) => ({
    ...zone,
    publishAt: `${ahead(days * 86_400).date}T${time}`,
  });
  const schedule = (text: string, targets: object[], when: object) =>
    script.call<{ id: string }>("POST", "/posts/schedule", { text, targets, ...when });
  await schedule("How a carillon is tuned, in twelve pictures.", to("linkedin", "x"), later(1, "09:00:00"));
  await schedule(
    "The bells are back: hear them on Saturday at noon.",
    to("x", "facebook"),
    later(2, "12:00:00"),
  );
  await schedule(
    "We are looking for two ringers. No experience needed.",
    to("linkedin"),
    later(2, "17:30:00"),
  );
  await schedule("New opening hours from Monday.", to("facebook"), later(4, "08:15:00"));
  await script.call("POST", "/posts/drafts", { text: "What the great bell weighs.", targets: to("x") });
  const media = [await script.upload(await bell(), "A bell")];
  await spoil(x, "status_before", { status: 403 });
  const targets = to("x", "linkedin");
  const made = await script.call<{ id: string }>("POST", "/posts/publish-multi", {
    text: "Thank you! 312 of you came to the night of the towers.",
    media,
    targets,
  });
  const status = () => script.call<{ status: string }>("GET", `/posts/${made.id}`);
  await until("the post's end", status, (seen) => seen.status === "partially_published");
  expect(await livePosts(x)).toEqual([]);
  return made.id;
}

async function violations(page: Page): Promise<string[]> {
  // Injected by the debugger, which the page's policy does not bind.
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return found.flatMap((it) =>
    it.nodes.map((node) => `${it.id}: ${JSON.stringify(node.target)} ${node.failureSummary ?? it.help}`),
  );
}

const SCREENS: { name: string; path: (post: string) => string; ready: (page: Page) => Promise<unknown> }[] = [
  {
    name: "month",
    path: () => "/?view=month",
    ready: (page) => page.locator("[data-post]").first().waitFor(),
  },
  { name: "week", path: () => "/?view=week", ready: (page) => page.locator(".rbc-time-view").waitFor() },
  { name: "day", path: () => "/?view=day", ready: (page) => page.locator(".rbc-time-view").waitFor() },
  {
    name: "agenda",
    path: () => "/?view=agenda",
    ready: (page) => page.getByText("How a carillon").waitFor(),
  },
  { name: "drafts", path: () => "/drafts", ready: (page) => page.getByText("What the great bell").waitFor() },
  {
    name: "post",
    path: (id) => `/posts/${id}`,
    ready: async (page) => {
      await page.getByRole("button", { name: /^Retry / }).waitFor();
      await page.getByRole("img", { name: "A bell" }).waitFor();
    },
  },
  {
    name: "connections",
    path: () => "/connections",
    ready: (page) =>
      page
        .getByRole("button", { name: /^Remove/ })
        .first()
        .waitFor(),
  },
  { name: "analytics", path: () => "/analytics", ready: (page) => page.getByRole("img").first().waitFor() },
  {
    name: "composer",
    path: () => "/?compose=new",
    ready: async (page) => {
      const composer = page.getByRole("dialog");
      for (const what of [/LinkedIn$/, /X$/])
        await composer.locator("label").filter({ hasText: what }).first().click();
      await composer
        .getByLabel("Text", { exact: true })
        .fill("The bells have rung at seven for three hundred years. ".repeat(6));
      await composer.getByText("Part 2 of 2").waitFor();
    },
  },
];

describe.each([
  { width: 1280, height: 860, dark: false },
  { width: 1280, height: 860, dark: true },
  { width: 360, height: 740, dark: false },
  { width: 360, height: 740, dark: true },
])("at $width px, dark: $dark", (looks) => {
  it.each(SCREENS)(
    "the screen $name breaks no rule of accessibility and nothing stands out of it",
    async (screen) => {
      const { page, context, complaints } = await openWindow(browser, looks);
      page.setDefaultTimeout(PATIENCE_MS);
      await signIn(page, person, screen.path(post));
      await screen.ready(page);
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({
        path: `${shots()}${screen.name}-${looks.width}-${looks.dark ? "dark" : "light"}.png`,
      });
      expect(await violations(page)).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      await context.close();
      expect(complaints).toEqual([]);
    },
  );
});

it("what is loaded before the calendar stands is under 250 KB of compressed script", async () => {
  const { page, context } = await openWindow(browser);
  const scripts = new Map<string, number>();
  page.on("response", async (response) => {
    if (!response.url().endsWith(".js")) return;
    scripts.set(response.url(), gzipSync(await response.body()).length);
  });
  await signIn(page, person);
  await page.locator("[data-post]").first().waitFor({ timeout: PATIENCE_MS });
  const sum = [...scripts.values()].reduce((a, b) => a + b, 0);
  expect(scripts.size).toBeGreaterThan(0);
  expect(sum).toBeLessThan(FIRST_LOAD_BYTES);
  await context.close();
});

it("the way in says what Belfry is, and breaks no rule of accessibility", async () => {
  const { page, context, complaints } = await openWindow(browser);
  const { stack } = await import("./world");
  await page.goto(stack.webUrl);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.screenshot({ path: `${shots()}sign-in-1280-light.png` });
  expect(await violations(page)).toEqual([]);
  await context.close();
  expect(complaints).toEqual([]);
});
