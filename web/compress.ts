// Compresses what was built, once: the server sends the `.br` or `.gz` beside a file as it is.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const TEXTS = /\.(js|css|html|svg|json|wasm|webmanifest)$/;
const WORTH_BYTES = 1024; // below it, headers weigh more than what is saved

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

export function compress(folder: string): Plugin {
  return {
    name: "lanjian:compress",
    apply: "build",
    writeBundle: {
      order: "post",
      sequential: true,
      handler: async () => {
        const names = await readdir(folder, { recursive: true });
        await Promise.all(names.filter((name) => TEXTS.test(name)).map((name) => both(join(folder, name))));
      },
    },
  };
}

async function both(path: string): Promise<void> {
  const bytes = await readFile(path);
  if (bytes.length < WORTH_BYTES) return;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  await Promise.all([
    brotli(bytes, quality).then((packed) => writeFile(`${path}.br`, packed)),
    zip(bytes, { level: 9 }).then((packed) => writeFile(`${path}.gz`, packed)),
  ]);
}
