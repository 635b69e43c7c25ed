import { describe, expect, it } from "vitest";
import { Camera, CameraError } from "./camera";

class Track {
  stopped = false;
  stop = () => (this.stopped = true);
}

function streamOf(track: Track): MediaStream {
  return { getTracks: () => [track], getVideoTracks: () => [track] } as unknown as MediaStream;
}

const screen = () => ({ srcObject: null as MediaProvider | null, play: async () => {} });

describe("Camera", () => {
  it("stops what it opened, and has no torch that the camera does not name", async () => {
    const track = new Track();
    const camera = new Camera({ getUserMedia: async () => streamOf(track) });
    expect(await camera.open(screen())).toBe(true);
    expect(camera.hasTorch).toBe(false);
    camera.close();
    expect(track.stopped).toBe(true);
  });

  it("stops what opens after it was closed", async () => {
    const track = new Track();
    let give = (_stream: MediaStream): void => {};
    const camera = new Camera({ getUserMedia: () => new Promise((resolve) => (give = resolve)) });
    const opening = camera.open(screen());
    camera.close();
    give(streamOf(track));
    expect(await opening).toBe(false);
    expect(track.stopped).toBe(true);
  });

  it.each([
    ["NotAllowedError", "refused"],
    ["NotFoundError", "none"],
    ["NotReadableError", "busy"],
    ["Strange", "failed"],
  ])("says of %s that it is %s", async (name, why) => {
    const camera = new Camera({ getUserMedia: () => Promise.reject(Object.assign(new Error(), { name })) });
    await expect(camera.open(screen())).rejects.toEqual(new CameraError(why as "refused"));
  });

  it("says that a page of no secure origin has none", async () => {
    await expect(new Camera(null).open(screen())).rejects.toEqual(new CameraError("insecure"));
  });
});
