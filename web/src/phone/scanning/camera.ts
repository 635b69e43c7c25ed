// The phone's camera: opened for scanning or a photo, with its torch, and closed whatever happens.

/** Why there is no picture; words for each are in words.ts. */
export type NoPicture = "insecure" | "refused" | "none" | "busy" | "failed";

export class CameraError extends Error {
  constructor(readonly why: NoPicture) {
    super(why);
    this.name = "CameraError";
  }
}

const WHY: Readonly<Record<string, NoPicture>> = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** What of `MediaStreamTrack` browsers know before TypeScript does. */
interface TorchTrack extends MediaStreamTrack {
  getCapabilities(): MediaTrackCapabilities & { torch?: boolean };
}

type Devices = Pick<MediaDevices, "getUserMedia">;

/** How large a picture is wished for, in pixels. */
export interface Size {
  width: number;
  height: number;
}

const ENOUGH_FOR_CODES: Size = { width: 1280, height: 720 };

/** One camera at a time: a newer opening, or closing, makes an older opening stale. */
export class Camera {
  private stream: MediaStream | null = null;
  private turn = 0;

  constructor(
    private readonly devices: Devices | null = navigator.mediaDevices ?? null,
    private readonly size = ENOUGH_FOR_CODES,
  ) {}

  /**
   * Open the camera at the back of the phone; false when it was closed meanwhile.
   * Throws CameraError.
   */
  async open(video: Pick<HTMLVideoElement, "srcObject" | "play">): Promise<boolean> {
    this.close();
    const mine = ++this.turn;
    if (!this.devices) throw new CameraError("insecure");
    const stream = await this.asked(this.devices);
    if (mine !== this.turn) {
      stop(stream);
      return false;
    }
    this.stream = stream;
    video.srcObject = stream;
    await video.play().catch(() => {}); // a playing that was interrupted is begun anew by its owner
    return mine === this.turn;
  }

  /** Turn the camera off; its light goes out. */
  close(): void {
    this.turn += 1;
    if (this.stream) stop(this.stream);
    this.stream = null;
  }

  get hasTorch(): boolean {
    const track = this.track();
    return Boolean(track && "getCapabilities" in track && track.getCapabilities().torch);
  }

  /** Turn the torch on or off; false when it does not obey. */
  async torch(on: boolean): Promise<boolean> {
    try {
      await this.track()?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
      return true;
    } catch {
      return false;
    }
  }

  private async asked(devices: Devices): Promise<MediaStream> {
    const { width, height } = this.size;
    const video = { facingMode: { ideal: "environment" }, width: { ideal: width }, height: { ideal: height } };
    try {
      return await devices.getUserMedia({ video, audio: false });
    } catch (error) {
      throw new CameraError(WHY[(error as Error).name] ?? "failed");
    }
  }

  private track(): TorchTrack | null {
    return (this.stream?.getVideoTracks()[0] as TorchTrack | undefined) ?? null;
  }
}

const stop = (stream: MediaStream): void => stream.getTracks().forEach((track) => track.stop());
