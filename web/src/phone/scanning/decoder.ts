// Reading codes out of pictures: by the browser's own detector where it knows our kinds, else by
// ZXing in WebAssembly, which is fetched only then. Bar codes come with their symbology before
// them, as WeChat's scanner gives them ("CODE_128,SF123"); a QR is its bare text.

/** A picture that codes may be in. */
export type Picture = HTMLVideoElement | HTMLCanvasElement;

/** Gives the texts of all codes in a picture. */
export type Decode = (picture: Picture) => Promise<string[]>;

interface Detected {
  format: string;
  rawValue: string;
}

interface Detector {
  detect(picture: Picture): Promise<Detected[]>;
}

interface DetectorClass {
  new (options: { formats: readonly string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

const KINDS = ["qr_code", "code_128", "code_39", "ean_13", "itf"] as const;
const NEEDED = ["qr_code", "code_128", "ean_13"];
const LONGEST = 1280; // pixels given to ZXing: a phone reads that several times a second

/** The browser's detector; null where it has none, or one that lacks what we need. */
export async function nativeDecoder(): Promise<Decode | null> {
  const known = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (!known) return null;
  try {
    const formats = await known.getSupportedFormats(); // an empty list where the system has no service
    if (!NEEDED.every((kind) => formats.includes(kind))) return null;
    const detector = new known({ formats: KINDS.filter((kind) => formats.includes(kind)) });
    return async (picture) => (await detector.detect(picture)).map(({ format, rawValue }) => written(format, rawValue));
  } catch {
    return null;
  }
}

/** ZXing, fetched and started. */
export async function wasmDecoder(): Promise<Decode> {
  const { pixelsDecoder } = await import("./zxing");
  const decode = await pixelsDecoder();
  const canvas = document.createElement("canvas");
  return async (picture) => {
    const pixels = pixelsOf(picture, canvas);
    return pixels ? decode(pixels) : [];
  };
}

/** Join a code's kind to its text. */
export function written(format: string, text: string): string {
  return format === "qr_code" ? text : `${format.toUpperCase()},${text}`;
}

/** Draw a picture from a file, so that it can be decoded; throws what the browser cannot draw. */
export async function drawn(file: Blob): Promise<HTMLCanvasElement> {
  const bitmap = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  const scale = Math.min(1, (LONGEST * 1.5) / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const context = canvas.getContext("2d")!;
  context.fillStyle = "#fff"; // a picture may be transparent where it means white
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}

function pixelsOf(picture: Picture, canvas: HTMLCanvasElement): ImageData | null {
  if (picture instanceof HTMLCanvasElement) {
    return picture.getContext("2d")!.getImageData(0, 0, picture.width, picture.height);
  }
  const { videoWidth: width, videoHeight: height } = picture;
  if (!width || !height) return null;
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
