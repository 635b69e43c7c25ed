// The way to a terminal in the phone's map: which apps a device can be asked for, and their URLs.
// Terminals are told in WGS-84; AMap, Tencent and Apple (in China) want GCJ-02, Baidu its own.

import gcoord from "gcoord";

export interface Target {
  lat: number;
  lon: number;
  name: string;
}

export type MapApp = "amap" | "baidu" | "tencent" | "apple" | "geo";

export interface Way {
  app: MapApp;
  url: string;
}

type Device = "ios" | "android" | "other";

export function deviceOf(agent: string, touchPoints = 0): Device {
  if (/iPhone|iPad|iPod/i.test(agent)) return "ios";
  if (/Macintosh/i.test(agent) && touchPoints > 1) return "ios"; // an iPad that asks for desktop pages
  return /Android/i.test(agent) ? "android" : "other";
}

const APPS: Record<Device, readonly MapApp[]> = {
  ios: ["amap", "apple", "baidu", "tencent"],
  android: ["amap", "baidu", "tencent", "geo"],
  other: ["amap", "baidu", "tencent"],
};

/** The ways to go there from a device, the likeliest first. */
export const waysTo = (target: Target, device: Device): Way[] =>
  APPS[device].map((app) => ({ app, url: URLS[app](target) }));

const gcj = ({ lat, lon }: Target): [lon: number, lat: number] => six(gcoord.transform([lon, lat], gcoord.WGS84, gcoord.GCJ02));
const bd = ({ lat, lon }: Target): [lon: number, lat: number] => six(gcoord.transform([lon, lat], gcoord.WGS84, gcoord.BD09));
const six = ([lon, lat]: number[]): [number, number] => [Number(lon!.toFixed(6)), Number(lat!.toFixed(6))];

// Web addresses that open the app where it is installed, and a map in the browser where it is not.
const URLS: Record<MapApp, (target: Target) => string> = {
  amap: (target) => {
    const [lon, lat] = gcj(target);
    return `https://uri.amap.com/navigation?${query({ to: `${lon},${lat},${plain(target.name)}`, mode: "ride", src: "lanjian", coordinate: "gaode", callnative: "1" })}`;
  },
  baidu: (target) => {
    const [lon, lat] = bd(target);
    const destination = `latlng:${lat},${lon}|name:${plain(target.name)}`;
    return `https://api.map.baidu.com/direction?${query({ destination, mode: "riding", coord_type: "bd09ll", output: "html", src: "lanjian" })}`;
  },
  tencent: (target) => {
    const [lon, lat] = gcj(target);
    return `https://apis.map.qq.com/uri/v1/routeplan?${query({ type: "bike", to: plain(target.name), tocoord: `${lat},${lon}`, referer: "lanjian" })}`;
  },
  apple: (target) => {
    const [lon, lat] = gcj(target);
    return `https://maps.apple.com/?${query({ daddr: `${lat},${lon}`, q: target.name })}`;
  },
  // The scheme itself is WGS-84 (RFC 5870).
  geo: ({ lat, lon, name }) => `geo:${lat},${lon}?q=${lat},${lon}(${encodeURIComponent(plain(name))})`,
};

const query = (given: Record<string, string>): string => new URLSearchParams(given).toString();

/** A name without what these URLs give a meaning to. */
const plain = (name: string): string => name.replace(/[|,:()]/g, " ").trim();
