// What an outlet is, as its form holds it and as the API has it; pure.

import { ApiError } from "@/api/errors";
import type { DetailsBody } from "@/api/types";
import { readPlace } from "@/kit/places";

export interface DetailsFields {
  name: string;
  region: string;
  address: string;
  lat: string;
  lon: string;
  phone: string;
  services: string;
}

export const NO_DETAILS: DetailsFields = { name: "", region: "", address: "", lat: "", lon: "", phone: "", services: "" };
export const PLACES: readonly string[] = ["name", "region", "address", "lat", "lon", "phone", "services", "active"];

/** China and its seas, as the server judges it. */
const BOUNDS = { lat: [3, 54], lon: [73, 136] } as const;

export const detailFields = (details: DetailsBody): DetailsFields => ({
  ...details,
  lat: String(details.lat),
  lon: String(details.lon),
  services: details.services.join("\n"),
});

const refused = (field: string, rule: string): ApiError => new ApiError({ code: "invalid_input", field, rule });

/** What is wrong with a place's number, as a rule's name; "" for nothing. */
export function placeRule(field: "lat" | "lon", text: string): string {
  if (!text.trim()) return "required";
  const number = Number(text);
  if (!Number.isFinite(number)) return "number";
  const [least, most] = BOUNDS[field];
  return number < least || number > most ? "in_china" : "";
}

/**
 * What the API is asked for.
 *
 * @throws ApiError naming the first field that is empty, or a place's number that is none.
 */
export function detailsOf(fields: DetailsFields): DetailsBody {
  for (const name of ["name", "region", "address"] as const) if (!fields[name].trim()) throw refused(name, "required");
  for (const name of ["lat", "lon"] as const) {
    const rule = placeRule(name, fields[name]);
    if (rule) throw refused(name, rule);
  }
  for (const name of ["phone", "services"] as const) if (!fields[name].trim()) throw refused(name, "required");
  return {
    name: fields.name,
    region: fields.region,
    address: fields.address,
    lat: Number(fields.lat),
    lon: Number(fields.lon),
    phone: fields.phone,
    services: fields.services.split(/[,，、;；\n]+/).map((each) => each.trim()).filter(Boolean),
  };
}

/** Two numbers pasted into one field ("22.54, 114.06") are a whole place. */
export function pasted(text: string): { lat: string; lon: string } | null {
  const place = readPlace(text);
  return place && { lat: String(place.lat), lon: String(place.lon) };
}

/** One service is one of the field's many. */
export function inDetails(error: unknown): unknown {
  if (!(error instanceof ApiError) || !/^services\[/.test(error.field ?? "")) return error;
  const { status, code, message, rule, details } = error;
  return new ApiError({ status, code, message, field: "services", rule, details });
}
