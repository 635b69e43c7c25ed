// The blocks of an enterprise's page: what a new one is, moving them, what two versions differ in; pure.

import { ApiError } from "@/api/errors";
import type { BlockBody } from "@/api/types";

export type Kind = BlockBody["kind"];
/** A block as the editor has it: all parts there, those of other kinds empty. */
export interface Block {
  kind: Kind;
  text: string;
  /** A list's items, one a line. */
  lines: string;
  picture: string;
}

export const KINDS: readonly Kind[] = ["heading", "paragraph", "list", "picture"];
export const MOST_BLOCKS = 60;

export const emptyBlock = (kind: Kind): Block => ({ kind, text: "", lines: "", picture: "" });

export const toBlock = (body: BlockBody): Block => ({ kind: body.kind, text: body.text ?? "", lines: (body.items ?? []).join("\n"), picture: body.picture ?? "" });

/** What the API is asked to keep: of each kind its own parts only. */
export function toBody({ kind, text, lines, picture }: Block): BlockBody {
  if (kind === "list") return { kind, items: lines.split("\n").map((line) => line.trim()).filter(Boolean) };
  return kind === "picture" ? { kind, text, picture } : { kind, text };
}

/** A block moved by so many places; what would leave the page stays where it is. */
export function moved<One>(blocks: readonly One[], at: number, steps: number): One[] {
  const to = at + steps;
  const all = [...blocks];
  const [one] = all.splice(at, 1);
  if (one === undefined || to < 0 || to > all.length) return [...blocks];
  all.splice(to, 0, one);
  return all;
}

/** The form's field of a refusal ("0.lines"), and which item of a list it is of. */
export function formField(field: string | null): { field: string | null; item: number | null } {
  const found = /^blocks\[(\d+)\](?:\.(text|items|picture)(?:\[(\d+)\])?)?/.exec(field ?? "");
  if (!found) return { field, item: null };
  const part = found[2] === "items" ? "lines" : found[2] ?? "text";
  return { field: `${found[1]}.${part}`, item: found[3] === undefined ? null : Number(found[3]) + 1 };
}

/** A refusal, naming the form's field. */
export function inForm(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const { status, code, message, rule, details } = error;
  const { field, item } = formField(error.field);
  return new ApiError({ status, code, message, field, rule, details: item === null ? details : { ...details, item } });
}

export interface Difference {
  sign: "same" | "added" | "removed";
  block: BlockBody;
}

/** How to come from one version to another, block by block, with as few changes as there are. */
export function differences(before: readonly BlockBody[], after: readonly BlockBody[]): Difference[] {
  const name = (body: BlockBody): string => JSON.stringify(toBody(toBlock(body)));
  const [old, now] = [before.map(name), after.map(name)];
  // longest[i][j]: the most blocks that what is left from i and from j have in common.
  const longest = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  const most = (i: number, j: number): number => longest[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      (longest[i] as number[])[j] = old[i] === now[j] ? most(i + 1, j + 1) + 1 : Math.max(most(i + 1, j), most(i, j + 1));
    }
  }
  const told: Difference[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      told.push({ sign: "same", block: after[j] as BlockBody });
      [i, j] = [i + 1, j + 1];
    } else if (j >= now.length || (i < old.length && most(i + 1, j) >= most(i, j + 1))) {
      told.push({ sign: "removed", block: before[i] as BlockBody });
      i += 1;
    } else {
      told.push({ sign: "added", block: after[j] as BlockBody });
      j += 1;
    }
  }
  return told;
}
