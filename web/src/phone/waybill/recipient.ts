// A recipient as typed into a form, and what of it is still to be filled in.

import type { RegionRow } from "@/kit/regions";
import { isWhole } from "@/kit/region_levels";

export interface RecipientDraft {
  name: string;
  phone: string;
  region: string;
  address: string;
  pasted: string; // the text that is taken apart
}

export const emptyRecipient = (): RecipientDraft => ({ name: "", phone: "", region: "", address: "", pasted: "" });

export type Missing = Partial<Record<string, "required" | "region_code">>;

/** What has to be filled in before it is worth asking the server; the server judges the rest. */
export function missingOf(given: RecipientDraft, rows: readonly RegionRow[], prefix: string): Missing {
  const missing: Missing = {};
  for (const name of ["name", "phone", "address"] as const) {
    if (!given[name].trim()) missing[prefix + name] = "required";
  }
  if (!isWhole(rows, given.region)) missing[`${prefix}region`] = "region_code";
  return missing;
}

/** The recipient as the API takes it. */
export const asBody = ({ name, phone, region, address }: RecipientDraft) => ({
  name: name.trim(),
  phone: phone.trim(),
  region,
  address: address.trim(),
});
