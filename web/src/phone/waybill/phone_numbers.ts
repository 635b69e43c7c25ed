// The mobile number in a text, however it is written; what else looks like a number to dial is kept apart.

const STRICT = /(?<![0-9])(?:(?:\+|00)?86[\s-]*)?(1[3-9][0-9]{9})(?![0-9])/;
const GROUPED = /(?<![0-9])(?:(?:\+|00)?86[\s-]*)?(1[3-9][0-9][\s-]+[0-9]{4}[\s-]+[0-9]{4})(?![0-9])/;
const LOOSE = /(?<![0-9])(?:(?:\+|00)86[\s-]*)?(1[\s-]?[3-9](?:[\s-]?[0-9]){9})(?!\s*[0-9])/;
const ANY = [STRICT, GROUPED, LOOSE];
/** What a shop's stand-in number is dialled with; "13900007100-1号" is no such thing. */
const EXTENSION = /^\s*(?:转|-|ext\.?)\s*([0-9]{3,5})(?![0-9号栋室楼座单弄幢])/i;
const LANDLINE = /(?<![0-9-])(?:0[0-9]{2,3}-[0-9]{7,8}|400-?[0-9]{3}-?[0-9]{4})(?![0-9-])/g;

export interface Phone {
  /** Eleven digits, or "". */
  found: string;
  /** The text with a line's end where the number stood. */
  rest: string;
  left: readonly string[];
}

interface Taken {
  digits: string;
  rest: string;
  extension: string;
}

function takeOne(text: string): Taken | null {
  for (const form of ANY) {
    const match = form.exec(text);
    if (!match?.[1]) continue;
    const behind = text.slice(match.index + match[0].length);
    const extension = EXTENSION.exec(behind);
    const rest = `${text.slice(0, match.index)}\n${behind.slice(extension?.[0].length ?? 0)}`;
    return { digits: match[1].replace(/[^0-9]/g, ""), rest, extension: extension?.[1] ?? "" };
  }
  return null;
}

/** Find the first mobile number; others, extensions and landlines are left over. */
export function findPhone(text: string): Phone {
  const left: string[] = [];
  const first = takeOne(text);
  let rest = first?.rest ?? text;
  if (first?.extension) left.push(first.extension);
  for (let more = takeOne(rest); more; more = takeOne(rest)) {
    if (more.digits !== first?.digits) left.push(more.digits);
    rest = more.rest;
  }
  rest = rest.replace(LANDLINE, (number) => {
    left.push(number);
    return "\n";
  });
  return { found: first?.digits ?? "", rest, left };
}
