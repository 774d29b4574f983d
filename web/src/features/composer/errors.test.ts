import { describe, expect, it } from "vitest";
import { Refusal, Unreachable } from "~/api/problem";
import { countOf, errorsOf } from "./errors";

const refusal = (pointers: string[]) =>
  new Refusal(
    422,
    { errors: pointers.map((pointer) => ({ pointer, code: "c", detail: `wrong: ${pointer}` })) },
    null,
  );

describe("a refusal", () => {
  it("is shown at the fields that it means", () => {
    const errors = errorsOf(
      refusal([
        "/text",
        "/targets",
        "/targets/1/options",
        "/media/0",
        "/publishAt",
        "/latePolicy/afterSeconds",
        "",
      ]),
    );
    expect(errors.text).toEqual(["Wrong: /text."]);
    expect(errors.targets).toEqual(["Wrong: /targets."]);
    expect(errors.ofTarget.get(1)).toEqual(["Wrong: /targets/1/options."]);
    expect([errors.media, errors.when, errors.late, errors.general].map((list) => list.length)).toEqual([
      1, 1, 1, 1,
    ]);
    expect(countOf(errors)).toBe(7);
  });

  it("without fields is said as a whole", () => {
    expect(errorsOf(new Refusal(429, { detail: "too many posts; try again in 40 s" }, "40")).general).toEqual(
      ["Too many posts; try again in 40 s."],
    );
    expect(errorsOf(new Unreachable(null)).general).toEqual(["Belfry cannot be reached."]);
  });
});
