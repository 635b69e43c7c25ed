// Takes "name phone address", in any order, apart: pure; the region table comes from outside.
//
// What is not found is said, never guessed: an empty field is quickly filled in, a wrong one sends
// a parcel away. Nothing of the text is lost: what fits nowhere is given back as `left`.

import type { RegionRow } from "@/kit/regions";
import { nameAmong } from "./person_names";
import { findPhone } from "./phone_numbers";
import { type Match, matchAt, type RegionNames, regionNames } from "./region_names";
import { isWhole } from "@/kit/region_levels";

export type Part = "name" | "phone" | "region" | "address";

export interface Split {
  name: string;
  phone: string;
  /** A code, perhaps of a province or city only: then `region` is missing too. */
  region: string;
  address: string;
  missing: readonly Part[];
  /** A district's name was there that several cities have. */
  several: boolean;
  /** What was not used: a second phone, an extension, a postcode. */
  left: string;
}

const SEPARATOR = /[\s,，;；。|｜]+/;
const LABELS =
  /(?:收货人|收件人|收货|收件|联系人|寄件人|姓名|名字|联系电话|联系方式|手机号码|手机号|手机|电话号码|电话|所在地区|所在区域|省市区|详细地址|收货地址|收件地址|街道地址|地址|地区|邮政编码|邮编)\s*[:：]\s*/g;
const NAME_LABEL = /(?:收货人|收件人|联系人|姓名|名字)\s*[:：]\s*([\u3400-\u9fff·]{2,20}|[A-Za-z][A-Za-z .'-]{1,38}[A-Za-z])/;
const POSTCODE = /^[0-9]{6}$/;
const RECIPIENT_MARK = /[(（]?\s*收\s*[)）]?$/;

/** Full-width digits, letters and blanks as plain ones; nothing else changes its meaning. */
function plain(text: string): string {
  return text
    .replace(/[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff0b\uff0d\uff1a]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0))
    .replace(/[\u00a0\u2000-\u200a\u3000]/g, " ")
    .replace(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, "");
}

/** Take a text apart by a region table. */
export function splitAddress(given: string, rows: readonly RegionRow[], names = regionNames(rows)): Split {
  const text = plain(given);
  const named = NAME_LABEL.exec(text)?.[1]?.trim() ?? "";
  const phone = findPhone(text.replace(LABELS, " "));
  const region = findRegion(names, phone.rest);
  const pieces = region.rest.map((rest) => rest.split(SEPARATOR).map(trimmed).filter(Boolean));
  const [before = [], after = []] = pieces;
  const { name, rest } = named ? { name: named, rest: without([...before, "", ...after], named) } : nameAmong(before, after);
  const used = rest.filter((piece) => piece && !POSTCODE.test(piece) && !phone.left.includes(piece));
  const split = {
    name,
    phone: phone.found,
    region: region.match?.code ?? "",
    address: used.join(" "),
    several: region.several,
    left: [...phone.left, ...rest.filter((piece) => POSTCODE.test(piece))].join(" "),
  };
  return { ...split, missing: missing(split, rows) };
}

function missing(split: Omit<Split, "missing">, rows: readonly RegionRow[]): Part[] {
  const parts: Part[] = [];
  if (!split.name) parts.push("name");
  if (!split.phone) parts.push("phone");
  if (!isWhole(rows, split.region)) parts.push("region");
  if (!split.address) parts.push("address");
  return parts;
}

const trimmed = (piece: string): string =>
  piece.replace(RECIPIENT_MARK, "").replace(/^[\s/、:：\-—+]+|[\s/、:：\-—+]+$/g, "");

function without(pieces: readonly string[], name: string): string[] {
  const words = new Set([name, ...name.split(" ")]);
  return pieces.filter((piece) => piece && !words.has(piece)).map((piece) => piece.replace(name, ""));
}

interface Located {
  match: Match | null;
  several: boolean;
  /** What stands before the region, and behind it. */
  rest: [string, string];
}

function findRegion(names: RegionNames, text: string): Located {
  let best: Match | null = null;
  let several = false;
  for (let at = 0; at < text.length; at += 1) {
    const atPieceStart = at === 0 || /[\s,，;；。|｜/、:：]/.test(text[at - 1] ?? "");
    const match = matchAt(names, text, at, atPieceStart);
    if (match === "several") several = true;
    else if (match && (!best || match.depth > best.depth)) best = match;
    if (best?.depth === 3) break;
  }
  if (!best) return { match: null, several, rest: ["", text] };
  const before = text.slice(0, best.start);
  return { match: best, several: several && best.depth < 3, rest: [before, withoutRepeat(names, text.slice(best.end), best)] };
}

/** Shops write the region twice: once by itself, once before the street. */
function withoutRepeat(names: RegionNames, text: string, known: Match): string {
  const start = /^[\s,，;；。|｜/、]*/.exec(text)?.[0].length ?? 0;
  const again = matchAt(names, text, start, true);
  if (!again || again === "several") return text;
  return again.code === known.code ? text.slice(again.end) : text;
}
