// Builds every page of the server into `dist/`: hashed files under `assets/`, a page for each
// face, and `manifest.json`, from which the server knows what each page needs.

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { VantResolver } from "@vant/auto-import-resolver";
import vue from "@vitejs/plugin-vue";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import components from "unplugin-vue-components/vite";
import { defineConfig } from "vitest/config";
import { compress } from "./compress.ts";
import { ownFiles } from "./own_files.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const out = process.env["LANJIAN_WEB_DIST"] ?? here("dist");
const pages = readdirSync(here("faces")).filter((name) => name.endsWith(".html"));

export default defineConfig({
  root: here("."),
  base: "/",
  publicDir: false,
  resolve: { alias: { "@": here("src") } },
  plugins: [
    ownFiles(),
    vue(),
    components({
      dts: false, // each file imports what it uses; this only brings the kits' styles and tags
      dirs: [],
      resolvers: [VantResolver(), ElementPlusResolver({ importStyle: "css" })],
    }),
    compress(out),
  ],
  build: {
    outDir: out,
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022", // WeChat's and Android's browsers of the last years
    assetsInlineLimit: 0, // the content policy names files, not data
    modulePreload: { polyfill: false },
    rollupOptions: { input: pages.map((name) => here(`faces/${name}`)) },
    chunkSizeWarningLimit: 1200,
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
