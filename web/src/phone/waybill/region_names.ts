// The names that people write for provinces, cities and districts, found at a place of a text.
//
// "广东省深圳市福田区", "广东 深圳 福田", "内蒙古呼和浩特", "延边州": names in full count anywhere; shortened
// ones only where no street follows ("南京路" is no city), districts' only after what they lie in.

import type { RegionRow } from "@/kit/regions";

export interface Named {
  row: RegionRow;
  parents: readonly RegionRow[];
  full: readonly string[];
  short: readonly string[];
}

/** The region table by what people write. */
export interface RegionNames {
  provinces: readonly Named[];
  cities: readonly Named[];
  districts: readonly Named[];
  /** The three, by the first character of their names. */
  byFirst: Readonly<Record<"provinces" | "cities" | "districts", ReadonlyMap<string, readonly Named[]>>>;
}

export interface Match {
  code: string;
  start: number;
  end: number;
  /** How far it goes: 1 province, 2 city, 3 district. */
  depth: number;
}

const PEOPLES =
  "壮族|回族|维吾尔|藏族|蒙古族|(?<!内)蒙古|朝鲜族|土家族|苗族|羌族|彝族|布依族|侗族|哈尼族|傣族|白族|景颇族|傈僳族|柯尔克孜|哈萨克|满族|瑶族|黎族|畲族|锡伯|塔吉克|水族|仡佬族|毛南族|仫佬族|拉祜族|佤族|布朗族|纳西族|普米族|怒族|独龙族|东乡族|保安族|撒拉族|裕固族|土族|达斡尔族|鄂伦春|鄂温克族|各族";
const AUTONOMOUS = new RegExp(`(?:${PEOPLES})*(?:自治区|自治州|自治县|自治旗)$`);
const PLAIN = /(?:特别行政区|地区|省|市|盟|区|县|旗)$/;
/** What follows a shortened name when it is a street's, a building's or a village's, or another place's. */
const STREET = new RegExp(
  "^(?:[区县市旗州]|[东西南北中]?[大小]?(?:路(?!桥|[南北]区)|街|道(?![县里外])|巷|弄|里|村|镇(?![江雄康沅远安赉平巴原宁坪])|乡(?![城宁])" +
    "|站(?!前)|桥(?![西东])|门(?![源头])|广场|公园|大厦|大道|花园|新城(?!区)|商[场业铺]|饭店|酒店|银行|小区))",
);
const GAP = /^[\s,，、/·\-—>]*/;
/** Rows of the table that nobody writes: they stand for "directly below". */
const UNWRITTEN = /^(?:省直辖县|自治区直辖县级行政区划|县|市辖区)$/;
const SKIPPED = /^(?:市辖区|省直辖县级行政区划|省直辖县|自治区直辖县级行政区划|县)/;

function shortOf(name: string): string[] {
  const bare = AUTONOMOUS.test(name) ? name.replace(AUTONOMOUS, "") : name.replace(PLAIN, "");
  return bare.length >= 2 && bare !== name ? [bare] : [];
}

function named(row: RegionRow, parents: readonly RegionRow[]): Named {
  const name = row[1];
  if (UNWRITTEN.test(name)) return { row, parents, full: [], short: [] };
  const [bare] = shortOf(name);
  const full = [name];
  if (bare && name.endsWith("自治州")) full.push(`${bare}州`);
  if (bare && name.endsWith("特别行政区")) full.push(bare);
  return { row, parents, full, short: bare ? [bare] : [] };
}

export function regionNames(rows: readonly RegionRow[]): RegionNames {
  const provinces = rows.map((row) => named(row, []));
  const cities = provinces.flatMap(({ row }) => (row[2] ?? []).map((city) => named(city, [row])));
  const districts = cities.flatMap(({ row, parents }) =>
    (row[2] ?? []).map((district) => named(district, [...parents, row])),
  );
  const byFirst = { provinces: firstOf(provinces), cities: firstOf(cities), districts: firstOf(districts) };
  return { provinces, cities, districts, byFirst };
}

function firstOf(all: readonly Named[]): Map<string, Named[]> {
  const found = new Map<string, Named[]>();
  for (const one of all) {
    const first = one.full[0]?.[0];
    if (first === undefined) continue;
    const same = found.get(first);
    if (same) same.push(one);
    else found.set(first, [one]);
  }
  return found;
}

interface Step {
  found: Named;
  end: number;
}

function startsWith(text: string, at: number, one: Named, allowShort: boolean): number {
  for (const name of one.full) if (text.startsWith(name, at)) return at + name.length;
  if (!allowShort) return -1;
  for (const name of one.short) {
    if (text.startsWith(name, at) && !STREET.test(text.slice(at + name.length))) return at + name.length;
  }
  return -1;
}

/** The longest of `among` that stands at `at`; several of the same name and length are none. */
function stepAt(text: string, at: number, among: readonly Named[], allowShort: boolean): Step | "several" | null {
  let best: Step | null = null;
  let several = false;
  for (const one of among) {
    const end = startsWith(text, at, one, allowShort);
    if (end < 0 || (best && end < best.end)) continue;
    several = best !== null && end === best.end;
    best = { found: one, end };
  }
  return several ? "several" : best;
}

const anywhere = (names: RegionNames, kind: keyof RegionNames["byFirst"], text: string, at: number): readonly Named[] =>
  names.byFirst[kind].get(text[at] ?? "") ?? [];
const below = (all: readonly Named[], parent: RegionRow): Named[] => all.filter(({ parents }) => parents.includes(parent));
const skip = (text: string, at: number): number => at + (GAP.exec(text.slice(at))?.[0].length ?? 0);

function afterSkipped(text: string, at: number): number {
  const next = skip(text, at);
  const skipped = SKIPPED.exec(text.slice(next));
  return skipped ? skip(text, next + skipped[0].length) : next;
}

const matchOf = (start: number, depth: number, { found, end }: Step): Match => ({ code: found.row[0], start, end, depth });

function withDistrict(names: RegionNames, text: string, start: number, city: Step): Match {
  const at = afterSkipped(text, city.end);
  const district = stepAt(text, at, below(names.districts, city.found.row), true);
  return district && district !== "several" ? matchOf(start, 3, district) : matchOf(start, 2, city);
}

function fromProvince(names: RegionNames, text: string, start: number): Match | null {
  const province = stepAt(text, start, anywhere(names, "provinces", text, start), true);
  if (!province || province === "several") return null;
  const at = afterSkipped(text, province.end);
  const city = stepAt(text, at, below(names.cities, province.found.row), true);
  if (city && city !== "several") {
    const whole = withDistrict(names, text, start, city);
    if (whole.depth === 3) return whole;
  }
  const district = stepAt(text, at, below(names.districts, province.found.row), true);
  if (district && district !== "several") return matchOf(start, 3, district);
  if (city && city !== "several") return matchOf(start, 2, city);
  return matchOf(start, 1, province);
}

function fromCity(names: RegionNames, text: string, start: number): Match | null {
  const city = stepAt(text, start, anywhere(names, "cities", text, start), true);
  return city && city !== "several" ? withDistrict(names, text, start, city) : null;
}

/** What is written at one place of a text; "several" where a district's name alone is not enough. */
export function matchAt(names: RegionNames, text: string, start: number, atPieceStart: boolean): Match | "several" | null {
  const higher = [fromProvince(names, text, start), fromCity(names, text, start)]
    .filter((match) => match !== null)
    // In the middle of words a name counts only with what lies in it: "上海" in "大上海商场" is none.
    .filter((match) => match.depth > 2 || (match.depth === 2 && match.end - start > 3) || atPieceStart)
    .sort((one, other) => other.depth - one.depth || other.end - one.end)[0];
  if (higher && higher.depth > 1) return higher;
  const district = stepAt(text, start, anywhere(names, "districts", text, start), false);
  if (district === "several") return higher ?? "several";
  return district ? matchOf(start, 3, district) : (higher ?? null);
}
