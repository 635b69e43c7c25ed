// A photo from the camera or a file, made small here and sent; its id goes into the form.

import { make } from "/static/dom.js";
import { drawKey } from "/static/wire.js";

const LONGEST = 2000; // pixels; the server keeps less
const QUALITY = 0.85;

/** What the server takes; whatever this browser can draw goes there as JPEG. */
export const KINDS = "image/jpeg,image/png,image/webp,image/heic,image/heif";

/** A file field with a preview; `id()` uploads what was chosen, once, and gives the photo's id. */
export class PhotoField {
  constructor(session, holder) {
    this.session = session;
    this.sent = null; // the id of what is chosen, once it is at the server
    this.key = null;
    this.input = make("input", {
      type: "file", accept: KINDS, required: true, data: { field: "photo_id" },
    });
    this.input.setAttribute("capture", "environment");
    this.preview = make("img", { className: "preview", alt: "已选照片 chosen photo", hidden: true });
    this.input.onchange = () => this.chosen();
    holder.append(this.input, this.preview);
  }

  chosen() {
    this.sent = null;
    this.key = drawKey();
    URL.revokeObjectURL(this.preview.src);
    const [file] = this.input.files;
    this.preview.hidden = !file;
    if (file) this.preview.src = URL.createObjectURL(file);
  }

  /** Go on with a photo that is at the server already, unless another is chosen. */
  async use(id) {
    this.sent = id;
    this.input.required = false;
    const blob = await this.session.ask("GET", `/v1/photos/${id}`, { query: { purpose: "mend" }, wanted: "blob" });
    if (this.sent !== id || this.input.files.length) return;
    this.preview.src = URL.createObjectURL(blob);
    this.preview.hidden = false;
  }

  async id() {
    if (this.sent) return this.sent;
    const [file] = this.input.files;
    const raw = await smaller(file);
    const { photo_id: id } = await this.session.ask("POST", "/v1/photos", { raw, key: this.key });
    this.sent = id;
    return id;
  }
}

/** Draw the picture anew, smaller: what a camera wrote into the file (place, time) stays here. */
export async function smaller(file) {
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return file; // the server says what is wrong with it
  }
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = make("canvas", {
    width: Math.round(picture.width * scale), height: Math.round(picture.height * scale),
  });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve) => {
    canvas.toBlob((blob) => resolve(blob ?? file), "image/jpeg", QUALITY);
  });
}

/** Show a kept photo in an element; the read is recorded at the server. */
export async function showPhoto(session, photoId, holder, purpose) {
  const blob = await session.ask("GET", `/v1/photos/${photoId}`, { query: { purpose }, wanted: "blob" });
  const link = URL.createObjectURL(blob);
  const picture = make("img", { className: "photo", alt: "照片 photo", src: link });
  picture.onload = () => URL.revokeObjectURL(link);
  holder.replaceChildren(picture);
}

/** Show it when its place comes into view: a long list asks for few photos. */
export function whenSeen(session, photoId, holder, purpose) {
  const show = async () => {
    try {
      await showPhoto(session, photoId, holder, purpose);
    } catch (error) {
      holder.replaceChildren(make("p", { className: "problem" }, error.message));
    }
  };
  holder.append(make("p", { className: "soft" }, "照片 photo…"));
  const watch = new IntersectionObserver((seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    watch.disconnect();
    show();
  });
  watch.observe(holder);
}
