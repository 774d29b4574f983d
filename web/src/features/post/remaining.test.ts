import { expect, it } from "vitest";
import { remaining } from "./remaining";

it("What is left is counted down to its second", () => {
  expect([250_000, 249_001, 60_000, 59_999, 900, 0, -5].map(remaining)).toEqual([
    "4 min 10 s",
    "4 min 10 s",
    "1 min 0 s",
    "1 min 0 s",
    "1 s",
    "0 s",
    "0 s",
  ]);
});
