import { describe, expect, it } from "vitest";
import { healthOf } from "./health";

const now = new Date("2026-11-26T12:00:00Z");
const level = (status: "active" | "needs_reconnect", expiresAt: string | null) =>
  healthOf({ status, expiresAt }, now).level;

describe("a connection", () => {
  it("does well while its end is far or there is none", () => {
    expect(level("active", null)).toBe("good");
    expect(level("active", "2026-12-10T12:00:01Z")).toBe("good");
  });

  it("warns from two weeks before its end", () => {
    expect(level("active", "2026-12-10T12:00:00Z")).toBe("soon");
  });

  it("has ended once the moment is past, and is broken when the platform says so earlier", () => {
    expect(level("active", "2026-11-26T12:00:00Z")).toBe("ended");
    expect(level("needs_reconnect", null)).toBe("broken");
    expect(level("needs_reconnect", "2026-12-01T00:00:00Z")).toBe("broken");
  });
});
