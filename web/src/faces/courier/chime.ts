// Sound and vibration when an offer comes, each as the courier wishes. Browsers let pages make
// neither before they were touched: until then nothing is tried, and nothing fails.

import { reactive, watch } from "vue";
import { onDevice } from "@/api/keeping";

const KEPT = "lanjian.chime";
const GAP_MS = 3_000; // many offers at once are one sound
const NOTES = [880, 1174.7] as const; // Hz: a rising fourth
const NOTE_SECONDS = 0.14;

export interface Wishes {
  sound: boolean;
  vibration: boolean;
}

function kept(): Wishes {
  try {
    return { sound: true, vibration: true, ...JSON.parse(onDevice.getItem(KEPT) ?? "{}") };
  } catch {
    return { sound: true, vibration: true };
  }
}

export const canVibrate = (): boolean => typeof navigator.vibrate === "function";

/** What the courier wishes on this device, and the sound itself. */
export class Chime {
  readonly wishes = reactive(kept());
  private audio: AudioContext | null = null;
  private lastAt = -Infinity;

  constructor() {
    watch(this.wishes, (wishes) => onDevice.setItem(KEPT, JSON.stringify(wishes)));
  }

  /** An offer has come. */
  ring(now: number = performance.now()): void {
    if (now - this.lastAt < GAP_MS || !navigator.userActivation?.hasBeenActive) return;
    this.lastAt = now;
    if (this.wishes.vibration && canVibrate()) navigator.vibrate([120, 60, 120]);
    if (this.wishes.sound) this.play().catch(() => {}); // the browser says no: so be it
  }

  private async play(): Promise<void> {
    if (!("AudioContext" in globalThis)) return;
    const audio = (this.audio ??= new AudioContext());
    if (audio.state === "suspended") await audio.resume();
    NOTES.forEach((hertz, at) => note(audio, hertz, audio.currentTime + at * NOTE_SECONDS));
  }
}

function note(audio: AudioContext, hertz: number, from: number): void {
  const tone = audio.createOscillator();
  const loudness = audio.createGain();
  tone.frequency.value = hertz;
  loudness.gain.setValueAtTime(0.0001, from);
  loudness.gain.exponentialRampToValueAtTime(0.4, from + 0.02);
  loudness.gain.exponentialRampToValueAtTime(0.0001, from + NOTE_SECONDS);
  tone.connect(loudness).connect(audio.destination);
  tone.start(from);
  tone.stop(from + NOTE_SECONDS);
}
