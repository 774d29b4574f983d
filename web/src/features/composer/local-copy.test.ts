import { beforeEach, describe, expect, it } from "vitest";
import { emptyComposition } from "./composition";
import { dropAllCopies, dropCopy, readCopy, writeCopy } from "./local-copy";

const composition = {
  ...emptyComposition(new Date("2026-12-01T08:00:00Z"), "Europe/Berlin"),
  text: "Not lost.",
};
const copy = { composition, postId: null, revision: null };

beforeEach(() => {
  localStorage.clear();
});

describe("a copy on this device", () => {
  it("is found again by its person, and by nobody else", () => {
    writeCopy("alice", "new", copy);
    expect(readCopy("alice", "new")).toEqual(copy);
    expect(readCopy("bob", "new")).toBeNull();
    expect(readCopy("alice", "pst_1")).toBeNull();
  });

  it("that cannot be read is none", () => {
    localStorage.setItem("belfry-composition:alice:new", "{");
    expect(readCopy("alice", "new")).toBeNull();
  });

  it("is gone when the API has it, and all are when their person signs out", () => {
    writeCopy("alice", "new", copy);
    dropCopy("alice", "new");
    expect(readCopy("alice", "new")).toBeNull();
    writeCopy("alice", "pst_1", copy);
    writeCopy("bob", "pst_2", copy);
    dropAllCopies("alice");
    expect([readCopy("alice", "pst_1"), readCopy("bob", "pst_2")]).toEqual([null, copy]);
  });
});
