// Keeps other hosts out of what is built: a kit's style sheet may name a font elsewhere as a
// second source, which browsers would ask for and the content policy forbids.

import type { Plugin } from "vite";

const ELSEWHERE = /,\s*url\(\s*["']?(?:https?:)?\/\/[^)]*\)\s*format\([^)]*\)/g;
const LEFT = /url\(\s*["']?(?:https?:)?\/\/[^)]*\)/;

export function ownFiles(): Plugin {
  return {
    name: "lanjian:own-files",
    enforce: "pre",
    transform(code, id) {
      if (!id.split("?")[0]!.endsWith(".css") || !code.includes("//")) return null;
      const own = code.replace(ELSEWHERE, "");
      const left = LEFT.exec(own);
      if (left) this.error(`${id} asks another host: ${left[0]}`);
      return { code: own, map: null };
    },
  };
}
