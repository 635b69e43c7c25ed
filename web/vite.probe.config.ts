// Builds tests/e2e/probe.ts, by which tests hold the realtime client in a real browser.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  publicDir: false,
  logLevel: "warn",
  resolve: { alias: { "@": here("src") } },
  build: {
    lib: { entry: here("../tests/e2e/probe.ts"), formats: ["es"], fileName: () => "probe.js" },
    minify: false,
  },
});
