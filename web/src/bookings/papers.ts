// The two papers: their fields in order, and how a sheet's fields stand. Pure.

import type { FindingView, PapersPapersView, SheetView } from "@/api/types";

export type PapersView = PapersPapersView;
export type PaperKind = "id_card" | "vehicle_licence";

export const KINDS: readonly PaperKind[] = ["id_card", "vehicle_licence"];

/** What the booking's form calls each photo. */
export const PHOTO_FIELD: Readonly<Record<PaperKind, "id_photo" | "licence_photo">> = {
  id_card: "id_photo",
  vehicle_licence: "licence_photo",
};

/** The fields of each paper, as they stand on it. */
export const FIELDS: Readonly<Record<PaperKind, readonly string[]>> = {
  id_card: ["name", "sex", "ethnicity", "birth", "number", "address"],
  vehicle_licence: ["plate", "type", "owner", "use", "model", "vin", "engine", "registered", "issued", "address"],
};

/** The form's field that a paper's field may fill. */
export const SUGGESTS: Readonly<Record<PaperKind, "name" | "plate">> = { id_card: "name", vehicle_licence: "plate" };

export interface FieldStanding {
  name: string;
  value: string;
  read: string; // what was read, kept in sight when it was corrected
  changed: boolean;
  findings: readonly FindingView[];
}

export const sheetOf = (view: PapersView | null, kind: PaperKind): SheetView | null =>
  view?.sheets?.find((one) => one.kind === kind) ?? null;

export const isBeingRead = (sheet: SheetView | null): boolean => sheet?.state === "waiting" || sheet?.state === "reading";

/** Each field of a paper: what counts, what was read, what is wrong with it. */
export function fieldsOf(view: PapersView, kind: PaperKind): FieldStanding[] {
  const sheet = sheetOf(view, kind);
  const found = findingsOf(view, kind);
  return FIELDS[kind].map((name) => {
    const read = sheet?.read?.[name] ?? "";
    const corrected = sheet?.corrected?.[name];
    return {
      name,
      value: corrected ?? read,
      read,
      changed: corrected !== undefined && corrected !== read,
      findings: found.filter((one) => one.field === name),
    };
  });
}

/** What is wrong with the photo as a whole. */
export const wholeFindings = (view: PapersView, kind: PaperKind): FindingView[] =>
  findingsOf(view, kind).filter((one) => !FIELDS[kind].includes(one.field));

/** A text that a paper suggests for the form, or "". */
export function suggested(view: PapersView | null, kind: PaperKind): string {
  const sheet = sheetOf(view, kind);
  const name = SUGGESTS[kind];
  return sheet?.masked ? "" : (sheet?.corrected?.[name] ?? sheet?.read?.[name] ?? "");
}

const findingsOf = (view: PapersView, kind: PaperKind): FindingView[] =>
  (view.findings ?? []).filter((one) => one.kind === kind);
