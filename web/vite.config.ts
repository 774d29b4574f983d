import { fileURLToPath } from "node:url";
import optimizeLocales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  plugins: [
    react(),
    // React Aria brings its own words in thirty languages; ours are English so far.
    { ...optimizeLocales.vite({ locales: ["en-US"] }), enforce: "pre" },
  ],
  resolve: { alias: { "~": path("src") } },
  build: {
    target: "es2022",
    // Everything made on this machine lies there.
    outDir: "../target/web",
    emptyOutDir: true,
    // An inlined file would be a `data:` address, which the content security policy refuses for scripts and fonts.
    assetsInlineLimit: 0,
    rolldownOptions: { input: { index: path("index.html"), callback: path("callback.html") } },
  },
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "jsdom" },
});
