// On or off duty, and where the courier is: the device's place while on duty, or a typed one.

import { computed, onScopeDispose, reactive } from "vue";
import { serverClock } from "@/api/clock";
import { ApiError } from "@/api/errors";
import { onDevice } from "@/api/keeping";
import { ownKey } from "@/api/own";
import type { DutyView } from "@/api/types";
import { geohash, keepPlace, keptPlace, type NoPlace, type Place, placeText, readPlace, whyNoPlace } from "@/kit/places";
import { useSignedIn } from "@/kit/signed_in";
import { isDue, type Told, toldNow } from "./reporting";

const LOOK_MS = 5_000;
const FIND: PositionOptions = { enableHighAccuracy: true, timeout: 10_000, maximumAge: 15_000 };
const WATCH: PositionOptions = { enableHighAccuracy: true, maximumAge: 10_000 };

export interface Duty {
  on: boolean;
  place: Place | null;
  /** Whether the device tells the place; else it was typed. */
  byDevice: boolean;
  /** Why the device does not say where it is, or null. */
  noPlace: NoPlace | null;
  reportedAt: number | null; // this device's time
  refused: ApiError | null; // of the last report or wish
  readonly district: string;
  turn(on: boolean): Promise<void>;
  /** Stand where the courier typed. */
  stand(place: Place): Promise<void>;
  /** Ask the device; gives whether it said. */
  find(): Promise<boolean>;
}

/** The courier's duty for as long as the page lives; on duty stays on duty over a reload. */
export function useDuty(personId: string, moved: () => void): Duty {
  const { session, realtime } = useSignedIn();
  const key = ownKey("duty", personId);
  const typedKey = ownKey("place.typed", personId); // holds the typed place, for other tabs too
  const typedPlace = (): Place | null => readPlace(onDevice.getItem(typedKey) ?? "");
  let watching: number | null = null;
  let told: Told | null = null;
  let [failures, lastTry] = [0, 0];

  const duty: Duty = reactive({
    on: onDevice.getItem(key) === "on",
    place: typedPlace() ?? keptPlace(),
    byDevice: onDevice.getItem(typedKey) === null,
    noPlace: null,
    reportedAt: null,
    refused: null,
    district: computed((): string => (duty.place ? geohash(duty.place) : "")),
    turn,
    stand,
    find,
  }) as Duty;

  // The district here stands in when the position has become old.
  const wish = (on: boolean) => ({ on, districts: duty.place ? [geohash(duty.place)] : [] });

  async function turn(on: boolean): Promise<void> {
    if (on && (!duty.place || duty.byDevice) && !(await find()) && !duty.place) {
      throw new ApiError({ code: "no_place" });
    }
    await session.ask<DutyView>("PUT", "/v1/courier/duty", { body: wish(on) });
    duty.on = on;
    onDevice.setItem(key, on ? "on" : "off");
    if (on) await report();
    else unwatch();
  }

  async function stand(place: Place): Promise<void> {
    duty.byDevice = false;
    onDevice.setItem(typedKey, placeText(place));
    unwatch();
    take(place);
    if (duty.on) await report();
  }

  function find(): Promise<boolean> {
    return new Promise((resolve) => {
      if (!navigator.geolocation) {
        duty.noPlace = "unsupported";
        return resolve(false);
      }
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          heard(coords);
          duty.byDevice = true;
          onDevice.removeItem(typedKey);
          watch();
          resolve(true);
        },
        (error) => {
          duty.noPlace = whyNoPlace(error);
          resolve(false);
        },
        FIND,
      );
    });
  }

  function watch(): void {
    if (watching !== null || !navigator.geolocation) return;
    watching = navigator.geolocation.watchPosition(
      ({ coords }) => {
        heard(coords);
        void reportIfDue();
      },
      (error) => (duty.noPlace = whyNoPlace(error)),
      WATCH,
    );
  }

  function unwatch(): void {
    if (watching !== null) navigator.geolocation.clearWatch(watching);
    watching = null;
  }

  function heard({ latitude, longitude }: GeolocationCoordinates): void {
    duty.noPlace = null;
    take({ lat: latitude, lon: longitude });
  }

  function take(place: Place): void {
    duty.place = place;
    keepPlace(place);
    moved();
  }

  async function report(): Promise<void> {
    const { place } = duty;
    if (!place) return;
    lastTry = Date.now();
    const body = { ...place, at: new Date(serverClock.now()).toISOString() };
    try {
      if (realtime.state === "live") await realtime.request({ type: "report_position", ...body });
      else await session.ask("PUT", "/v1/courier/position", { body });
      [failures, told, duty.refused, duty.reportedAt] = [0, toldNow(place, told, Date.now()), null, Date.now()];
    } catch (error) {
      failures += 1;
      if (!(error instanceof ApiError)) throw error;
      await notReported(error);
    }
  }

  /** Refused as off duty: the server has forgotten, unless another tab went off duty. */
  async function notReported(error: ApiError): Promise<void> {
    if (error.code !== "conflict") {
      if (error.status || error.code === "forbidden") duty.refused = error;
      return;
    }
    if (onDevice.getItem(key) === "on") await tellAll();
    else duty.on = false;
  }

  /** After a break the server may have forgotten: say it all again. */
  async function tellAll(): Promise<void> {
    try {
      await session.ask<DutyView>("PUT", "/v1/courier/duty", { body: wish(true) });
      await reportOnce();
    } catch (error) {
      if (error instanceof ApiError && error.status) duty.refused = error;
    }
  }

  async function reportOnce(): Promise<void> {
    if (!duty.place || realtime.state !== "live") return;
    await realtime.request({ type: "report_position", ...duty.place, at: new Date(serverClock.now()).toISOString() });
    [failures, duty.refused, duty.reportedAt] = [0, null, Date.now()];
  }

  async function reportIfDue(): Promise<void> {
    if (!duty.on || !duty.place || realtime.state !== "live") return;
    if (isDue(duty.place, told, Date.now(), lastTry, failures)) await report();
  }

  const back = (): void => {
    if (duty.on && realtime.state === "live") void tellAll();
  };
  /** What the courier did in another tab holds here: else this one would report an older place. */
  const elsewhere = (event: StorageEvent): void => {
    if (event.key === key) {
      duty.on = event.newValue === "on";
      if (!duty.on) unwatch();
    }
    if (event.key !== typedKey) return;
    const place = typedPlace();
    duty.byDevice = event.newValue === null;
    if (place) {
      unwatch();
      take(place);
    } else if (duty.on && duty.byDevice) watch();
  };
  const timer = setInterval(() => void reportIfDue(), LOOK_MS);
  realtime.addEventListener("state", back);
  addEventListener("storage", elsewhere);
  onScopeDispose(() => {
    clearInterval(timer);
    unwatch();
    realtime.removeEventListener("state", back);
    removeEventListener("storage", elsewhere);
  });
  if (duty.on && duty.byDevice) watch();
  back();
  return duty;
}
