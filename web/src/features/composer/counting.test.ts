import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { lengthOn, loadWeigh, partsOf } from "./counting";
import type { Weigh } from "./counting";

interface Vector {
  text: string;
  /** Of each part. */
  x: number[];
  /** LinkedIn, Facebook and Instagram, which join the parts. */
  others: number;
}

// The same file holds the server to it: the tests of shared/domain/src/text.rs.
const vectors = JSON.parse(readFileSync("../shared/domain/src/lengths.json", "utf8")) as Vector[];

let weigh: Weigh;

beforeAll(async () => {
  weigh = await loadWeigh();
});

describe.each(vectors)("the text $text", ({ text, x, others }) => {
  it("is as long on X as the server finds it", () => {
    expect(partsOf(text).map(weigh)).toEqual(x);
  });

  it("is as long elsewhere as the server finds it", () => {
    for (const platform of ["linkedin", "facebook", "instagram"] as const) {
      expect(lengthOn(platform, text, weigh)).toBe(others);
    }
  });
});
