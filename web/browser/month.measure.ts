import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PATIENCE_MS, newName, openBrowser, openWindow, signIn, stack, there } from "./world";

// Figures, not a test: `cargo xtask measure page`. The month of a thousand posts against an empty one, in turns.

const CROWDED = "carillon";
const ROUNDS = 5;

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
});

const median = (figures: number[]): number =>
  there([...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)]);

interface Watched {
  longTasks: number[];
}

/** Milliseconds from the page's address to the moment at which this is there and the browser has nothing else to do. */
async function load(page: Page, address: string, selector: string): Promise<number> {
  await page.goto(address);
  await page.locator(selector).first().waitFor();
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        requestIdleCallback(() => {
          resolve(performance.now());
        });
      }),
  );
}

/** The longest tasks of the page while a post is dragged over two weeks, in 60 moves. */
async function drag(page: Page): Promise<number[]> {
  const box = there(await page.locator(".rbc-month-row [data-post]").nth(40).boundingBox());
  await page.evaluate(() => {
    const watched: Watched = { longTasks: [] };
    Object.assign(window, { watched });
    new PerformanceObserver((list) => {
      watched.longTasks.push(...list.getEntries().map((entry) => entry.duration));
    }).observe({ type: "longtask" });
  });
  await page.mouse.move(box.x + 20, box.y + 8);
  await page.mouse.down();
  await page.mouse.move(box.x + 40, box.y + 12, { steps: 5 });
  await page.mouse.move(box.x + 400, box.y + 150, { steps: 60 });
  await page.mouse.move(box.x + 20, box.y + 8, { steps: 10 });
  await page.mouse.up();
  return page.evaluate(() => (window as unknown as { watched: Watched }).watched.longTasks);
}

it("how long a month takes", async () => {
  const figures: Record<string, number[]> = { crowded: [], empty: [], tasks: [] };
  const people = { crowded: CROWDED, empty: newName() };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [kind, person] of Object.entries(people)) {
      const { page, context } = await openWindow(browser);
      page.setDefaultTimeout(PATIENCE_MS);
      await signIn(page, person);
      await page.getByRole("button", { name: "Later" }).click();
      await page.waitForURL(/date=/);
      const selector = kind === "crowded" ? "[data-post]" : ".rbc-month-view";
      figures[kind]?.push(await load(page, page.url(), selector));
      if (kind === "crowded") {
        await expect
          .poll(() => page.getByRole("button", { name: /more$/ }).count(), { timeout: PATIENCE_MS })
          .toBeGreaterThan(25);
        figures.tasks?.push(Math.max(0, ...(await drag(page))));
      }
      await context.close();
    }
  }
  const { crowded = [], empty = [], tasks = [] } = figures;
  console.log(`${stack.webUrl}, ${ROUNDS} rounds in turns`);
  console.log(
    `a month of 1,000 posts can be used after ${Math.round(median(crowded))} ms (${crowded.map(Math.round).join(", ")})`,
  );
  console.log(`an empty month after ${Math.round(median(empty))} ms (${empty.map(Math.round).join(", ")})`);
  console.log(`the longest task of a drag over 50 ms: ${tasks.map(Math.round).join(", ")} (0 is none)`);
  expect(crowded).toHaveLength(ROUNDS);
}, 600_000);
