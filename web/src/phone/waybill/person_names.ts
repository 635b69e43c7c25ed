// Which piece of a text is somebody's name: by its form, its surname and where it stands.

const SURNAMES = new Set(
  "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉钮龚程邢裴陆荣翁荀羊惠甄曲家封芮靳汲邴松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全班仰秋仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶幸司韶黎薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍桑桂濮牛寿通边扈燕冀浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终居衡步都耿满弘匡国文寇广禄阙东欧沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖闫仝涂代佟付麦覃",
);
const COMPOUND = /^(?:欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|令狐|慕容|司徒|司空|夏侯|端木|南宫|长孙|宇文|独孤|百里|东郭|呼延|轩辕|拓跋)/;
const HAN = /^[\u3400-\u9fff]{2,4}$/;
const DOTTED = /^[\u3400-\u9fff]{1,10}(?:·[\u3400-\u9fff]{1,10})+$/;
const TITLED = /^[\u3400-\u9fff]{1,3}(?:先生|女士|小姐|老师|经理|师傅|同学)$/;
const LATIN = /^[A-Za-z][A-Za-z.'-]{0,38}$/;
/** How places end, and what is no name though it is short. */
const PLACE = /(?:省|市|区|县|镇|乡|村|街|路|道|巷|弄|里|号|栋|幢|座|楼|层|室|房|院|苑|园|城|店|厦|场|站|校|学|司|厂|局|所|部|处|铺|柜|库|门|口|旁|边|内|侧|组|队|屯|寨|桥|湾|坊|庄|庭|府|居|家园|公寓|广场|中心|酒店)$/;
const NOT_A_NAME = /^(?:你好|您好|谢谢|快递|顺丰|包邮|默认|公司|学校|男|女|先生|女士)$/;
/** Where an address ends and a name may follow without a blank. */
const TAIL = /^(.*(?:[0-9]|号|室|楼|栋|幢|座|层|房|户|院|店|厦|柜|单元|公寓|花园|小区|广场|中心))([\u3400-\u9fff]{2,4})$/;

export interface Choice {
  name: string;
  /** All other pieces, in their order. */
  rest: string[];
}

const hasSurname = (piece: string): boolean => COMPOUND.test(piece) || SURNAMES.has(piece[0] ?? "");

/** How much a whole piece looks like a name; 0 is not at all. */
export function likeness(piece: string): number {
  if (NOT_A_NAME.test(piece)) return 0;
  if (DOTTED.test(piece) || TITLED.test(piece)) return 3;
  if (!HAN.test(piece) || (PLACE.test(piece) && !(piece.length < 4 && hasSurname(piece) && !/[省市区县镇乡村街路号楼室栋]$/.test(piece)))) return 0;
  if (hasSurname(piece)) return piece.length <= 3 || COMPOUND.test(piece) ? 3 : 1;
  return piece.length <= 3 ? 1 : 0;
}

/** Latin words beside one another are one name: "Li Lei". */
function joined(pieces: readonly string[]): string[] {
  const out: string[] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    if (last !== undefined && LATIN.test(piece) && last.split(" ").every((word) => LATIN.test(word))) out[out.length - 1] = `${last} ${piece}`;
    else out.push(piece);
  }
  return out;
}

const isLatinName = (piece: string): boolean => /^[A-Za-z][A-Za-z .'-]{1,39}$/.test(piece) && /[A-Za-z]{2}/.test(piece);

/**
 * Choose the name among the pieces before the region and behind it. Right behind the region an
 * address begins: only what is surely a name counts there.
 */
export function nameAmong(before: readonly string[], after: readonly string[]): Choice {
  const front = joined(before);
  const back = joined(after);
  const pieces = [...front, ...back];
  const scored = pieces.map((piece, at) => {
    const like = isLatinName(piece) ? 2 : likeness(piece);
    const beginsAddress = at === front.length && back.length > 1 && like < 3;
    return { at, like: beginsAddress ? 0 : like };
  });
  const best = scored.filter(({ like }) => like > 0).sort((one, other) => other.like - one.like)[0];
  if (best) return { name: pieces[best.at] ?? "", rest: pieces.filter((_, at) => at !== best.at) };
  return atTheEnd(pieces);
}

/** "华强北路1号李雷": the end of a piece, where a known surname begins it. */
function atTheEnd(pieces: readonly string[]): Choice {
  for (const [at, piece] of pieces.entries()) {
    const match = TAIL.exec(piece);
    const name = match?.[2] ?? "";
    if (!match?.[1] || likeness(name) < 3) continue;
    return { name, rest: pieces.map((one, place) => (place === at ? (match[1] ?? "") : one)) };
  }
  return { name: "", rest: [...pieces] };
}
