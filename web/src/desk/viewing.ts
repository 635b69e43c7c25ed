// How a photo lies in its frame: zoomed about a point, turned by quarters, moved by the hand.

export interface View {
  scale: number; // 1: the whole photo fits into the frame
  x: number; // of the photo's middle from the frame's, pixels
  y: number;
  turns: number; // quarters, clockwise
}

export const WHOLE: View = { scale: 1, x: 0, y: 0, turns: 0 };
const SMALLEST = 0.5;
const LARGEST = 12;

/** Zoom by a factor about a point of the frame (from its middle), which stays where it is. */
export function zoomed(view: View, factor: number, x = 0, y = 0): View {
  const scale = Math.min(LARGEST, Math.max(SMALLEST, view.scale * factor));
  const by = scale / view.scale;
  return { ...view, scale, x: x - (x - view.x) * by, y: y - (y - view.y) * by };
}

export const dragged = (view: View, dx: number, dy: number): View => ({ ...view, x: view.x + dx, y: view.y + dy });

/** Turn by quarters about the frame's middle. */
export function turned(view: View, quarters: number): View {
  const right = quarters > 0;
  return { ...view, turns: (((view.turns + quarters) % 4) + 4) % 4, x: right ? -view.y : view.y, y: right ? view.x : -view.x };
}

/** Keep the photo's middle within what is drawn of it, so that it cannot be lost. */
export function kept(view: View, width: number, height: number): View {
  const limit = (value: number, size: number) => Math.min(size * 0.5 * view.scale, Math.max(-size * 0.5 * view.scale, value));
  return { ...view, x: limit(view.x, width), y: limit(view.y, height) };
}

/** How large a photo is drawn at scale 1: whole within the frame, also when it lies on its side. */
export function fitted(photo: { width: number; height: number }, frame: { width: number; height: number }, turns: number): { width: number; height: number } {
  if (!photo.width || !photo.height) return { width: 0, height: 0 };
  const [across, down] = turns % 2 ? [photo.height, photo.width] : [photo.width, photo.height];
  const by = Math.min(frame.width / across, frame.height / down);
  return { width: photo.width * by, height: photo.height * by };
}

/** What a key does to the view; null: it is not for the photo. */
export function byKey(view: View, key: string, step = 60): View | null {
  if (key === "+" || key === "=") return zoomed(view, 1.25);
  if (key === "-") return zoomed(view, 0.8);
  if (key === "0") return WHOLE;
  if (key === "]") return turned(view, 1);
  if (key === "[") return turned(view, -1);
  if (key === "ArrowLeft") return dragged(view, step, 0);
  if (key === "ArrowRight") return dragged(view, -step, 0);
  if (key === "ArrowUp") return dragged(view, 0, step);
  if (key === "ArrowDown") return dragged(view, 0, -step);
  return null;
}
