// The form's fields as the page checks them first; the server checks all of it again. Pure.

const PHONE = /^\s*(?:\+86)?[\s-]*1[\s-]*[3-9](?:[\s-]*[0-9]){9}\s*$/;
const NAME = /^\s*(?:[\u3400-\u9fff\u{20000}-\u{323af}·•‧・.．]{2,30}|[A-Za-z][A-Za-z .'-]{1,59})\s*$/u;
const PLATE = /^[\u4e00-\u9fff][A-Z][A-Z0-9]{4,5}[A-Z0-9\u4e00-\u9fff]$/;

export interface Typed {
  name: string;
  phone: string;
  plate: string;
  vehicle: string; // one's own vehicle, or "" where the plate is typed
}

export type Field = "name" | "phone" | "plate";

/** A plate without blanks, dots and hyphens, full-width letters made plain. */
export const plainPlate = (text: string): string =>
  text.normalize("NFKC").replace(/[\s·•‧・∙.．｡。-]/g, "").toUpperCase();

/** Which fields are wrong, in the order of the form; each has its words. */
export function wrongFields(typed: Typed): Field[] {
  const wrong: Field[] = [];
  if (!NAME.test(typed.name)) wrong.push("name");
  if (!PHONE.test(typed.phone.normalize("NFKC"))) wrong.push("phone");
  if (!typed.vehicle && !PLATE.test(plainPlate(typed.plate))) wrong.push("plate");
  return wrong;
}
