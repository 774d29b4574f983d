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

/** Milliseconds from the page's address to the moment at which this is there and the browser has nothing else to do. */
async function load(page: Page, address: string, selector: string): Promise<number> {
  await page.goto(address);
  await page.locator(selector).first().waitFor();
  return idle(page);
}

/** When the browser has nothing else to do, in milliseconds since the page's address was asked for. */
const idle = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        requestIdleCallback(() => {
          resolve(performance.now());
        });
      }),
  );

interface Dragged {
  /** What the page's own code took of the processor. */
  script: number;
  /** From begin to end, with layout and paint and with whatever else the machine did meanwhile. */
  task: number;
}

interface Trace {
  traceEvents: {
    ph: string;
    name: string;
    pid: number;
    tid: number;
    dur?: number;
    tdur?: number;
    args: { name?: string };
  }[];
}

/** What the browser calls the page's own code, by whatever it was called. */
const SCRIPT = [
  "EventDispatch",
  "TimerFire",
  "FireAnimationFrame",
  "FunctionCall",
  "EvaluateScript",
  "RunMicrotasks",
];

/** The longest in milliseconds, from the browser's own trace, while a post is dragged and dropped two weeks later. */
async function drag(page: Page): Promise<Dragged> {
  const box = there(await page.locator(".rbc-month-row [data-post]").nth(40).boundingBox());
  const target = there(await page.locator(".rbc-month-row").nth(3).boundingBox());
  await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline"] });
  await page.mouse.move(box.x + 20, box.y + 8);
  await page.mouse.down();
  await page.mouse.move(box.x + 40, box.y + 12, { steps: 5 });
  await page.mouse.move(target.x + 450, target.y + 60, { steps: 60 });
  // Nothing is looked for in the page meanwhile: that would run in it too.
  const answered = page.waitForResponse((response) => response.request().method() === "PATCH");
  await page.mouse.up();
  expect((await answered).status()).toBe(200);
  await idle(page);
  const trace = JSON.parse((await browser.stopTracing()).toString()) as Trace;
  const mains = trace.traceEvents.filter((it) => it.args.name === "CrRendererMain");
  const longest = (names: string[], duration: "dur" | "tdur") =>
    trace.traceEvents
      .filter((it) => it.ph === "X" && names.includes(it.name))
      .filter((it) => mains.some((main) => main.pid === it.pid && main.tid === it.tid))
      .reduce((most, it) => Math.max(most, (it[duration] ?? 0) / 1_000), 0);
  return {
    script: longest(SCRIPT, "tdur"),
    task: longest(["RunTask", "ThreadControllerImpl::RunTask"], "dur"),
  };
}

it("how long a month takes", async () => {
  const figures: Record<string, number[]> = { crowded: [], empty: [], script: [], task: [] };
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
        const { script, task } = await drag(page);
        figures.script?.push(script);
        figures.task?.push(task);
      }
      await context.close();
    }
  }
  const { crowded = [], empty = [], script = [], task = [] } = figures;
  console.log(`${stack.webUrl}, ${ROUNDS} rounds in turns`);
  console.log(
    `a month of 1,000 posts can be used after ${Math.round(median(crowded))} ms (${crowded.map(Math.round).join(", ")})`,
  );
  console.log(`an empty month after ${Math.round(median(empty))} ms (${empty.map(Math.round).join(", ")})`);
  console.log(
    `the longest script of a drag takes ${Math.round(median(script))} ms of the processor (${script.map(Math.round).join(", ")}), ` +
      `the longest task with layout, paint and waiting ${Math.round(median(task))} ms (${task.map(Math.round).join(", ")})`,
  );
  expect(crowded).toHaveLength(ROUNDS);
}, 600_000);
