import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    // Figures are asked for; they are no test.
    include: [process.env.BELFRY_MEASURE ? "browser/*.measure.ts" : "browser/*.browser.ts"],
    environment: "node",
    // Each file has a browser of its own, and the machine few cores.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
