// ZXing in WebAssembly, from our own files: loaded by decoder.ts only where it is needed.

import { prepareZXingModule, type ReaderOptions, readBarcodes } from "zxing-wasm/reader";
import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";
import { written } from "./decoder";

const OPTIONS: ReaderOptions = {
  formats: ["QRCode", "Code128", "Code39", "EAN13", "ITF"],
  tryHarder: true,
  tryRotate: true,
  tryInvert: true,
  tryDownscale: true,
  maxNumberOfSymbols: 8,
};

const FORMATS: Readonly<Record<string, string>> = {
  Code128: "code_128",
  Code39: "code_39",
  Code39Std: "code_39",
  Code39Ext: "code_39",
  EAN13: "ean_13",
  ITF: "itf",
  ITF14: "itf",
};

/** Start it; gives a function that reads all codes of some pixels. */
export async function pixelsDecoder(): Promise<(pixels: ImageData) => Promise<string[]>> {
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return async (pixels) => {
    const found = await readBarcodes(pixels, OPTIONS);
    return found.filter((one) => one.isValid).map((one) => written(FORMATS[one.format] ?? "qr_code", one.text));
  };
}
