import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PATIENCE_MS, openBrowser, openWindow, signIn, there } from "./world";

// Somebody whose next month holds a thousand posts: `cargo xtask browse` puts them there.
const CROWDED = "carillon";
const POSTS = 1_000;

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
});

it("a month of a thousand posts shows all of them, draws few, and draws no more while one is dragged", async () => {
  const { page, context, complaints } = await openWindow(browser);
  page.setDefaultTimeout(PATIENCE_MS);
  await signIn(page, CROWDED);
  await page.getByRole("button", { name: "Later" }).click();
  const shown = async () => {
    const chips = await page.locator("[data-post]").count();
    const more = await page.getByRole("button", { name: /^\+\d+ more$/ }).allTextContents();
    return chips + more.map((text) => Number(/\d+/.exec(text)?.[0])).reduce((a, b) => a + b, 0);
  };
  await expect.poll(shown, { timeout: PATIENCE_MS }).toBe(POSTS);
  const nodes = () => page.evaluate(() => document.querySelectorAll("*").length);
  expect(await nodes()).toBeLessThan(5_000);

  const chip = page.locator(".rbc-month-row [data-post]").nth(40);
  const box = there(await chip.boundingBox());
  await page.mouse.move(box.x + 20, box.y + 8);
  await page.mouse.down();
  await page.mouse.move(box.x + 40, box.y + 12, { steps: 5 });
  await page.locator(".rbc-addons-dnd-drag-preview").waitFor();
  const begun = await nodes();
  for (let step = 1; step <= 20; step += 1) {
    await page.mouse.move(box.x + 40 + step * 20, box.y + 12 + step * 6);
    const preview = await page.locator(".rbc-addons-dnd-drag-preview").count();
    if (preview === 1) expect(await nodes()).toBe(begun);
  }
  // Back to where it was: nothing is moved.
  await page.mouse.move(box.x + 20, box.y + 8, { steps: 10 });
  await page.mouse.up();
  await context.close();
  expect(complaints).toEqual([]);
});
