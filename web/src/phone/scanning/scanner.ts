// The scanner's work behind its picture: camera, reader, what was seen; closed when it goes.

import { onScopeDispose, type Ref, ref, watch } from "vue";
import { Camera, CameraError, type NoPicture } from "./camera";
import { type Decode, drawn, nativeDecoder, wasmDecoder } from "./decoder";
import { askWhat, likeliest, type Seen, type Wanted } from "./read_scan";

const PAUSE_MS = 150; // between two looks: quick enough for a hand, and the phone stays cool
const SAME_MS = 3000; // how long a code that was nothing for us is not looked at again

export type Found = Exclude<Seen, { kind: "other" }>;

/** What texts seen together are: what was looked for, or one that is of no use for a while. */
export type Judged<Find> = { find: Find } | { other: string };
export type Judge<Find> = (texts: readonly string[]) => Promise<Judged<Find>>;

/** What is shown: on the way, looking, or why there is no picture. */
export type Stage = "starting" | "loading" | "looking" | NoPicture | "no_reader";

/** What was wrong with the last thing that was given; "" when nothing was. */
export type Complaint = "" | "other" | "nothing_in_photo" | "bad_photo" | "no_reader";

/** A judge for whom a kiosk's QR is always a find; so is a waybill's number if it is wanted. */
export function wantedOf(wanted: readonly Wanted[]): Judge<Found> {
  return async (texts) => {
    const text = likeliest(texts, wanted, location.origin) ?? "";
    const seen = await askWhat(text);
    const isFind = seen.kind === "kiosk" || (seen.kind === "waybill" && wanted.includes("waybill"));
    return isFind ? { find: seen } : { other: text };
  };
}

/** Scan while `on` is true and the page is seen; it stops by itself with the first find. */
export function useScanner<Find>(
  on: Readonly<Ref<boolean>>,
  video: Readonly<Ref<HTMLVideoElement | null>>,
  judge: Judge<Find>,
  found: (find: Find) => void,
) {
  const stage = ref<Stage>("starting");
  const complaint = ref<Complaint>("");
  const reading = ref(false); // a photo or a typed text is being read
  const hasTorch = ref(false);
  const torchOn = ref(false);
  const camera = new Camera();
  let decoder: Promise<Decode> | null = null;
  let turn = 0; // a newer start, or a stop, ends an older loop
  let ignored = { text: "", until: 0 };

  const decode = (): Promise<Decode> => {
    decoder ??= nativeDecoder().then((native) => native ?? wasmDecoder());
    decoder.catch(() => (decoder = null)); // the next try fetches it again
    return decoder;
  };

  async function start(): Promise<void> {
    const mine = ++turn;
    if (!video.value) return;
    stage.value = "starting";
    complaint.value = "";
    try {
      if (!(await camera.open(video.value)) || mine !== turn) return;
      hasTorch.value = camera.hasTorch;
      torchOn.value = false;
      stage.value = "loading";
      const look = await decode();
      if (mine !== turn) return;
      stage.value = "looking";
      await keepLooking(look, mine);
    } catch (error) {
      if (mine !== turn) return;
      stage.value = error instanceof CameraError ? error.why : "no_reader";
    }
  }

  function stop(): void {
    turn += 1;
    camera.close();
    hasTorch.value = false;
  }

  async function keepLooking(look: Decode, mine: number): Promise<void> {
    while (mine === turn) {
      const texts = video.value ? await look(video.value).catch(() => []) : [];
      const fresh = texts.filter((text) => text !== ignored.text || Date.now() > ignored.until);
      if (mine === turn && fresh.length) await weigh(fresh, () => mine !== turn);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async function weigh(texts: readonly string[], isOver: () => boolean): Promise<void> {
    const judged = await judge(texts);
    if (isOver()) return;
    if ("find" in judged) {
      stop();
      found(judged.find);
      return;
    }
    ignored = { text: judged.other, until: Date.now() + SAME_MS };
    complaint.value = "other";
  }

  async function fromPhoto(file: Blob): Promise<void> {
    await busily(async () => {
      const picture = await drawn(file).catch(() => null);
      if (!picture) return void (complaint.value = "bad_photo");
      let texts: string[];
      try {
        texts = await (await decode())(picture);
        // A system's own detector may be weak at still pictures.
        if (!texts.length) texts = await (await wasmDecoder())(picture);
      } catch {
        return void (complaint.value = "no_reader");
      }
      // Not by the turn: choosing a file hides the page on phones, which starts the camera anew.
      if (texts.length) await weigh(texts, () => !on.value);
      else complaint.value = "nothing_in_photo";
    });
  }

  async function fromHand(text: string): Promise<void> {
    if (text.trim()) await busily(() => weigh([text], () => !on.value));
  }

  async function busily(work: () => Promise<void>): Promise<void> {
    if (reading.value) return;
    reading.value = true;
    complaint.value = "";
    try {
      await work();
    } finally {
      reading.value = false;
    }
  }

  async function switchTorch(): Promise<void> {
    if (await camera.torch(!torchOn.value)) torchOn.value = !torchOn.value;
    else hasTorch.value = false;
  }

  const turnWithPage = (): void => {
    if (!on.value) return;
    if (document.hidden) stop();
    else void start();
  };
  watch([on, video], ([wantedNow, element]) => (wantedNow && element ? void start() : stop()), { immediate: true });
  document.addEventListener("visibilitychange", turnWithPage);
  addEventListener("pagehide", stop);
  onScopeDispose(() => {
    stop();
    document.removeEventListener("visibilitychange", turnWithPage);
    removeEventListener("pagehide", stop);
  });
  return { stage, complaint, reading, hasTorch, torchOn, start, switchTorch, fromPhoto, fromHand };
}
