// A photo from the camera or a file, made small on this device before it is sent.

const LONGEST = 2000; // pixels; the server keeps less
const QUALITY = 0.85;

/** What the server takes; whatever this browser can draw goes there as JPEG. */
export const KINDS = "image/jpeg,image/png,image/webp,image/heic,image/heif";

/** Draw the picture anew, smaller: what a camera wrote into the file (place, time) stays here. */
export async function smaller(file: Blob): Promise<Blob> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return file; // the server says what is wrong with it
  }
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? file), "image/jpeg", QUALITY));
}
