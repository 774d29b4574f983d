import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  PATIENCE_MS,
  Script,
  ahead,
  connect,
  film,
  livePosts,
  newName,
  openBrowser,
  openWindow,
  signIn,
  spoil,
  stack,
  until,
  there,
} from "./world";
import type { Account } from "./world";

const LONG = `${"The bells of our town have rung at seven for three hundred years. ".repeat(6)}\n\nMore at https://example.com/bells`;

let browser: Browser;
let context: BrowserContext;
let page: Page;
let complaints: string[];
let person: string;
let script: Script;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  person = newName();
  script = await Script.of(person);
  ({ context, page, complaints } = await openWindow(browser));
  page.setDefaultTimeout(PATIENCE_MS);
});

afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

const composer = () => page.getByRole("dialog", { name: /post|draft/i });
const account = async (platform: string, kind: string): Promise<Account> => {
  const found = (await script.connections()).find((it) => it.platform === platform && it.kind === kind);
  if (!found) throw new Error(`${person} has no ${kind} at ${platform}`);
  return found;
};

/** Ticks an account by what stands below its name. */
const choose = (what: RegExp) => composer().locator("label").filter({ hasText: what }).first().click();

async function setWhen({ date, time }: { date: string; time: string }): Promise<void> {
  await composer().getByLabel("Date").fill(date);
  await composer().getByLabel("Time", { exact: true }).fill(time);
}

/** Schedules by a script. */
const schedule = (text: string, { id }: Account, inMs: number): Promise<{ id: string }> =>
  script.call("POST", "/posts/schedule", {
    text,
    targets: [{ connectionId: id }],
    publishAt: new Date(Date.now() + inMs).toISOString(),
  });

/** The only post that the person has. */
async function onlyPost(): Promise<{ id: string; status: string; publishAt: string; text: string }> {
  const { posts } = await script.call<{
    posts: { id: string; status: string; publishAt: string; text: string }[];
  }>("GET", "/posts");
  expect(posts).toHaveLength(1);
  return there(posts[0]);
}

const bell = async (): Promise<{ name: string; mimeType: string; buffer: Buffer }> => ({
  name: "bell.png",
  mimeType: "image/png",
  buffer: await page.screenshot({ clip: { x: 0, y: 0, width: 200, height: 200 } }),
});

/** Drags by small steps, as a hand does. */
async function drag(from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 8, from.y + 8, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 12 });
  await page.mouse.up();
}

describe("a person", () => {
  it("connects X by its consent page, schedules to three platforms with a picture and a thread, drags it to another day, and watches it go out", async () => {
    await script.connect("linkedin", person);
    await script.connect("facebook", person);
    await signIn(page, person, "/connections");
    await connect(page, context, /^Connect X/, person);
    await page.getByText("Connected:").waitFor();

    await page.keyboard.press("Control+k");
    await choose(/LinkedIn$/);
    await choose(/X$/);
    await choose(/Facebook · Page$/);
    await composer().getByLabel("Text", { exact: true }).fill(LONG);
    await composer()
      .getByLabel("Pictures, film or document")
      .setInputFiles(await bell());
    await composer().getByLabel("What bell.png shows").fill("A bell");
    // The preview numbers the parts, so the thread is as it will be.
    await composer().getByText("Part 2 of 2").waitFor();
    const day = ahead(3 * 86_400).date;
    await setWhen({ date: day, time: "10:00" });
    await composer().getByRole("button", { name: "Schedule" }).click();
    await composer().waitFor({ state: "detached" });
    const made = await onlyPost();

    await page.getByRole("link", { name: "Calendar" }).click();
    await page.goto(`${stack.webUrl}/?view=week&date=${day}`);
    const chip = page.locator(`[data-post="${made.id}"]`);
    await chip.waitFor();
    // This week's grid begins at now, and the post may stand above it.
    await chip.scrollIntoViewIfNeeded();
    const box = there(await chip.boundingBox());
    const header = page.locator(".rbc-time-content .rbc-day-slot");
    const dayWidth = there(await header.first().boundingBox()).width;
    const column = Math.round((box.x - there(await header.first().boundingBox()).x) / dayWidth);
    const step = column === 6 ? -1 : 1;
    const from = { x: box.x + box.width / 2, y: box.y + 8 };
    await drag(from, { x: from.x + step * dayWidth, y: from.y });
    await page.getByText("Moved to").waitFor();
    const moved = await onlyPost();
    const days = (Date.parse(moved.publishAt) - Date.parse(made.publishAt)) / 86_400_000;
    expect(days).toBe(step);

    await chip.click();
    // Out of S3: this page was loaded anew since the picture was chosen.
    const picture = page.getByRole("main").getByRole("img", { name: "A bell" });
    const width = () => picture.evaluate((it: HTMLImageElement) => it.naturalWidth);
    await until("the picture", width, (pixels) => pixels === 200);
    await page.getByRole("button", { name: "Edit" }).click();
    await setWhen(ahead(30));
    await composer().getByRole("button", { name: "Save changes" }).click();
    await composer().waitFor({ state: "detached" });
    const published = page.getByRole("main").getByText("Published", { exact: true });
    await published.nth(3).waitFor({ timeout: 120_000 });

    const onX = await livePosts(await account("x", "person"));
    expect(onX).toHaveLength(2);
    const others = [await account("linkedin", "person"), await account("facebook", "page")];
    for (const one of others) {
      const live = await livePosts(one);
      expect(live.map((post) => post.text)).toEqual([LONG]);
      expect(there(live[0]).media).toHaveLength(1);
    }
  });

  it("connects every platform by its own consent page, and removes an account knowing what will not go out", async () => {
    await signIn(page, person, "/connections");
    const platforms = ["Instagram", "LinkedIn", "X", "Facebook"];
    for (const platform of platforms) {
      await connect(page, context, new RegExp(`^Connect ${platform}`), person);
      const news = page.getByRole("listitem").filter({ hasText: /^Connected: / });
      await news.getByRole("button", { name: "Close" }).click();
    }
    const seen = new Set((await script.connections()).map((it) => it.platform));
    expect(seen).toEqual(new Set(platforms.map((it) => it.toLowerCase())));

    const x = await account("x", "person");
    const post = await schedule("Never to be seen.", x, 86_400_000);
    const section = page.getByRole("region", { name: "X", exact: true });
    await section.getByRole("button", { name: /^Remove / }).click();
    const question = page.getByRole("dialog", { name: /^Remove / });
    await question.getByText("1 scheduled post will not go out on it:").waitFor();
    await question.getByText("Never to be seen.").waitFor();
    await question.getByRole("button", { name: "Remove it" }).click();
    await page.getByText(/ is removed\.$/).waitFor();
    expect((await script.connections()).map((it) => it.platform)).not.toContain("x");
    expect((await script.call<{ status: string }>("GET", `/posts/${post.id}`)).status).toBe("failed");
  });

  it("takes back what is scheduled, throws a draft away, and is told of both", async () => {
    await script.connect("x", person);
    const x = await account("x", "person");
    const [post, draft] = [
      await schedule("Second thoughts.", x, 86_400_000),
      await script.call<{ id: string }>("POST", "/posts/drafts", { text: "Half a thought." }),
    ];
    await signIn(page, person, `/posts/${post.id}`);
    await page.getByRole("button", { name: "Cancel post" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel post" }).click();
    await page.getByText("The post is canceled.").waitFor();
    await page.getByRole("main").getByText("Canceled", { exact: true }).first().waitFor();

    await page.goto(`${stack.webUrl}/posts/${draft.id}`);
    await page.getByRole("button", { name: "Delete draft" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("The draft is deleted.").waitFor();
    await page.waitForURL((url) => !url.pathname.startsWith("/posts/"));
    expect((await onlyPost()).status).toBe("canceled");
  });

  it("sees why a post failed, and retries it", async () => {
    await script.connect("x", person);
    const x = await account("x", "person");
    await spoil(x, "status_before", { status: 403 });
    await signIn(page, person);
    await page.keyboard.press("Control+k");
    await choose(/X$/);
    await composer().getByLabel("Text", { exact: true }).fill("Once more, with feeling.");
    await composer().getByRole("button", { name: "Publish now" }).click();
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByRole("button", { name: /^Retry / }).waitFor();
    expect(await page.getByRole("main").getByText("Failed", { exact: true }).count()).toBeGreaterThan(0);
    await page.getByRole("button", { name: /^Retry / }).click();
    await page.getByText("On its way again.").waitFor();
    await page.getByRole("link", { name: /Open on X/ }).waitFor();
    expect((await livePosts(x)).map((post) => post.text)).toEqual(["Once more, with feeling."]);
  });

  it("decides which text stays when two windows changed the same draft", async () => {
    await script.connect("x", person);
    const draft = await script.call<{ id: string }>("POST", "/posts/drafts", {
      text: "As it was.",
      targets: [],
    });
    await signIn(page, person, `/drafts?compose=${draft.id}`);
    const text = () => composer().getByLabel("Text", { exact: true });
    await text().waitFor();
    await script.call("PATCH", `/posts/${draft.id}`, { text: "From elsewhere." });
    await text().fill("From here.");
    const question = page.getByRole("dialog", { name: "Somebody changed this post meanwhile" });
    await question.getByText("From elsewhere.").waitFor();
    await question.getByRole("button", { name: "Keep mine" }).click();
    await question.waitFor({ state: "detached" });
    await until("my text", onlyPost, (post) => post.text === "From here.");

    await script.call("PATCH", `/posts/${draft.id}`, { text: "From elsewhere again." });
    await text().fill("From here again.");
    await question.getByRole("button", { name: "Take the saved one" }).click();
    await question.waitFor({ state: "detached" });
    expect(await text().inputValue()).toBe("From elsewhere again.");
    expect((await onlyPost()).text).toBe("From elsewhere again.");
  });

  it("finds the time that they chose for a draft, in whatever window, and nothing is scheduled by it", async () => {
    const draft = await script.call<{ id: string }>("POST", "/posts/drafts", { text: "One day." });
    await signIn(page, person, `/drafts?compose=${draft.id}`);
    const { date } = ahead(9 * 86_400);
    await setWhen({ date, time: "10:00" });
    const kept = await until("the draft's time", onlyPost, ({ publishAt }) => Boolean(publishAt));
    expect(kept.status).toBe("draft");
    await page.evaluate(() => {
      localStorage.clear();
    });
    await page.reload();
    expect(await composer().getByLabel("Date").inputValue()).toBe(date);
    expect(await composer().getByLabel("Time", { exact: true }).inputValue()).toMatch(/^10:00/);
  });

  it("leaves a draft as it is when its time passes and nothing was changed", async () => {
    const at = new Date(Date.now() + 25_000);
    const draft = await script.call<{ id: string; revision: number }>("POST", "/posts/drafts", {
      text: "One day.",
      publishAt: at.toISOString(),
      timeZone: "Europe/Berlin",
    });
    await signIn(page, person, `/drafts?compose=${draft.id}`);
    const text = composer().getByLabel("Text", { exact: true });
    await text.waitFor();
    const now = () => Promise.resolve(Date.now());
    await until("the draft's time", now, (it) => it > at.getTime());
    await text.fill("One day!");
    await text.fill("One day.");
    await page.keyboard.press("Escape");
    await composer().waitFor({ state: "detached" });
    const { revision } = await script.call<{ revision: number }>("GET", `/posts/${draft.id}`);
    expect(revision).toBe(draft.revision);
    await page.goto(`${stack.webUrl}/drafts?compose=${draft.id}`);
    expect(await text.inputValue()).toBe("One day.");
  });

  it("keeps what they write on the screen when the post goes out meanwhile, and is told", async () => {
    await script.connect("x", person);
    const x = await account("x", "person");
    const post = await schedule("As it was.", x, 12_000);
    await signIn(page, person, `/?compose=${post.id}`);
    const text = composer().getByLabel("Text", { exact: true });
    await text.fill("Too late.");
    // The page asks by itself, by the post or by the calendar's list, and knows it from then on.
    await page.waitForResponse(
      async (answer) =>
        answer.url().includes("/v1/posts") &&
        (await answer.text().catch(() => "")).includes('"status":"published"'),
    );
    await setWhen({ date: ahead(9 * 86_400).date, time: "10:00" });
    await composer().getByRole("button", { name: "Save changes" }).click();
    await composer()
      .getByText(/has started/)
      .waitFor();
    expect(await text.inputValue()).toBe("Too late.");
    expect((await livePosts(x)).map((it) => it.text)).toEqual(["As it was."]);
  });

  it("sees a film's beginning before it goes out, in whatever window", async () => {
    await script.connect("x", person);
    await signIn(page, person);
    const media = [await script.upload(await film(page), "A bell rings", "video/mp4")];
    const targets = [{ connectionId: (await account("x", "person")).id }];
    const draft = await script.call<{ id: string }>("POST", "/posts/drafts", {
      text: "Ding.",
      media,
      targets,
    });
    await page.goto(`${stack.webUrl}/drafts?compose=${draft.id}`);
    const shown = composer().getByRole("region", { name: "Preview" }).locator("video");
    const width = () => shown.evaluate((it: HTMLVideoElement) => it.videoWidth);
    await until("the film", width, (pixels) => pixels === 320);
  });

  it("goes on with what they write when the draft was thrown away elsewhere", async () => {
    const draft = await script.call<{ id: string }>("POST", "/posts/drafts", { text: "As it was." });
    await signIn(page, person, `/drafts?compose=${draft.id}`);
    const text = composer().getByLabel("Text", { exact: true });
    await text.waitFor();
    await script.call("DELETE", `/posts/${draft.id}`);
    await text.fill("Still wanted.");
    await page.keyboard.press("Escape");
    await composer().waitFor({ state: "detached" });
    const kept = await onlyPost();
    expect(kept).toMatchObject({ status: "draft", text: "Still wanted." });
    expect(kept.id).not.toBe(draft.id);
  });

  it("decides what goes out when the draft was scheduled elsewhere", async () => {
    await script.connect("x", person);
    const x = await account("x", "person");
    const targets = [{ connectionId: x.id }];
    const draft = await script.call<{ id: string }>("POST", "/posts/drafts", { text: "As it was.", targets });
    await signIn(page, person, `/drafts?compose=${draft.id}`);
    const text = composer().getByLabel("Text", { exact: true });
    await text.waitFor();
    const publishAt = new Date(Date.now() + 86_400_000).toISOString();
    await script.call("PATCH", `/posts/${draft.id}`, { text: "From elsewhere.", publishAt });
    await text.fill("From here.");
    const { date } = ahead(9 * 86_400);
    await setWhen({ date, time: "10:00" });
    // The question comes before the composer closes, whether by itself or by this.
    await page.keyboard.press("Escape");
    const question = page.getByRole("dialog", { name: "Somebody changed this post meanwhile" });
    await question.getByText("From elsewhere.").waitFor();
    await question.getByRole("button", { name: "Keep mine" }).click();
    await composer().waitFor({ state: "detached" });
    const post = await onlyPost();
    expect(post).toMatchObject({ id: draft.id, status: "scheduled", text: "From here." });
    expect(post.publishAt).toContain(date);
  });

  it("keeps the time they chose, with their text, when a scheduled post was changed elsewhere", async () => {
    await script.connect("x", person);
    const x = await account("x", "person");
    const post = await schedule("As it was.", x, 86_400_000);
    await signIn(page, person, `/?compose=${post.id}`);
    const text = composer().getByLabel("Text", { exact: true });
    await text.waitFor();
    await script.call("PATCH", `/posts/${post.id}`, { text: "From elsewhere." });
    await text.fill("From here.");
    const chosen = ahead(3 * 86_400);
    await setWhen({ date: chosen.date, time: "10:00" });
    await composer().getByRole("button", { name: "Save changes" }).click();
    const question = page.getByRole("dialog", { name: "Somebody changed this post meanwhile" });
    await question.getByRole("button", { name: "Keep mine" }).click();
    const kept = await until("my text and time", onlyPost, (it) => it.text === "From here.");
    expect(kept.status).toBe("scheduled");
    expect(new Date(kept.publishAt).toLocaleString("sv", { timeZone: "Europe/Berlin" })).toBe(
      `${chosen.date} 10:00:00`,
    );
  });

  it("is told that there is no network, loses nothing, and goes on when it is back", async () => {
    await script.connect("x", person);
    await signIn(page, person);
    await page.keyboard.press("Control+k");
    await choose(/X$/);
    await composer().getByLabel("Text", { exact: true }).fill("Written in a tunnel.");
    await context.setOffline(true);
    await page.getByText("You are offline.").waitFor();
    await composer().getByText("Kept on this device.").waitFor();
    await context.setOffline(false);
    await page.getByText("You are offline.").waitFor({ state: "detached" });
    const drafts = () => script.call<{ posts: { text: string }[] }>("GET", "/posts?status=draft");
    await until("the draft", drafts, ({ posts }) => posts[0]?.text === "Written in a tunnel.");
  });

  it("is told when the hour's posts are used up, and keeps what was written", async () => {
    await script.connect("x", person);
    await signIn(page, person);
    await page.keyboard.press("Control+k");
    await choose(/X$/);
    await composer().getByLabel("Text", { exact: true }).fill("One too many.");
    await script.useUpEdits();
    await composer().getByRole("button", { name: "Schedule" }).click();
    await composer()
      .getByText(
        /The limit for scheduling and editing is \d+ an hour and is used up; try again in \d+ minutes/,
      )
      .first()
      .waitFor();
    expect(await composer().getByLabel("Text", { exact: true }).inputValue()).toBe("One too many.");
  });

  it("gets along by keyboard alone, from a new post to a moved one", async () => {
    await script.connect("x", person);
    await signIn(page, person);
    const tabTo = async (is: () => Promise<boolean>) => {
      for (let count = 0; count < 80; count += 1) {
        if (await is()) return;
        await page.keyboard.press("Tab");
      }
      throw new Error("eighty tabs did not lead there");
    };
    const focused = (selector: string) => () =>
      page.evaluate((it) => document.activeElement?.matches(it) ?? false, selector);

    await page.keyboard.press("Control+k");
    await composer().waitFor();
    await tabTo(focused("[role=dialog] input[type=checkbox]"));
    await page.keyboard.press("Space");
    await tabTo(focused("[role=dialog] textarea"));
    await page.keyboard.type("Written without a mouse.");
    await page.keyboard.press("Control+Enter");
    await composer().waitFor({ state: "detached" });
    const made = await onlyPost();

    await page.locator(`[data-post="${made.id}"]`).waitFor();
    await tabTo(focused(`[data-post="${made.id}"]`));
    await page.keyboard.press("m");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByText("Moved to").waitFor();
    const minutes = (Date.parse((await onlyPost()).publishAt) - Date.parse(made.publishAt)) / 60_000;
    expect(minutes).toBe(24 * 60 + 15);
    // Focus is where the post is now.
    await until("focus on the moved post", focused(`[data-post="${made.id}"]`), Boolean);
  });

  it("finds what was written again after the window was closed without a word", async () => {
    await script.connect("x", person);
    await signIn(page, person);
    await page.keyboard.press("Control+k");
    await composer().getByLabel("Text", { exact: true }).fill("Not lost.");
    await page.reload();
    await page.getByText("Restored what you had written here.").waitFor();
    expect(await composer().getByLabel("Text", { exact: true }).inputValue()).toBe("Not lost.");
  });

  it("opens the composer at the empty slot that was clicked, steps two days back, and is told that the past is over", async () => {
    await script.connect("x", person);
    const tomorrow = ahead(86_400).date;
    await signIn(page, person, `/?view=day&date=${tomorrow}`);
    // By the mouse itself: the places of posts lie above the grid, and let it through.
    const clickTen = async () => {
      const slot = page.locator(".rbc-day-slot .rbc-timeslot-group").nth(10);
      await slot.scrollIntoViewIfNeeded();
      const box = there(await slot.boundingBox());
      await page.mouse.click(box.x + 60, box.y + 6);
    };
    await clickTen();
    await composer().waitFor();
    expect(await composer().getByLabel("Date").inputValue()).toBe(tomorrow);
    expect(await composer().getByLabel("Time", { exact: true }).inputValue()).toBe("10:00");
    await page.keyboard.press("Escape");
    await composer().waitFor({ state: "detached" });
    // Two steps in one breath are two days.
    await page.getByRole("button", { name: "Earlier" }).dblclick();
    await until(
      "yesterday",
      () => Promise.resolve(new URL(page.url()).searchParams.get("date")),
      (date) => date === ahead(-86_400).date,
    );
    await clickTen();
    await page.getByText("That time is over.").waitFor();
    expect(await composer().count()).toBe(0);
  });
});
