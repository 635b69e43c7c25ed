import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { RegionRow } from "@/kit/regions";
import { regionNames } from "./region_names";
import { splitAddress } from "./split_address";

const ROWS = JSON.parse(readFileSync(new URL("../../../static/regions.json", import.meta.url), "utf8")) as RegionRow[];
const NAMES = regionNames(ROWS);
const split = (text: string) => splitAddress(text, ROWS, NAMES);

type Parts = [name: string, phone: string, region: string, address: string];
const parts = (text: string): Parts => {
  const { name, phone, region, address } = split(text);
  return [name, phone, region, address];
};

describe("whole texts, in any order and with any marks", () => {
  const FUTIAN: Parts = ["李雷", "13900007100", "440304", "华强北路1号"];
  test.each([
    "李雷 13900007100 广东省深圳市福田区华强北路1号",
    "李雷,13900007100,广东省深圳市福田区华强北路1号",
    "李雷，13900007100，广东省，深圳市，福田区，华强北路1号",
    "李雷\n13900007100\n广东省 深圳市 福田区\n华强北路1号",
    "广东省深圳市福田区华强北路1号 李雷 13900007100",
    "广东省深圳市福田区华强北路1号 13900007100 李雷",
    "13900007100 广东省深圳市福田区华强北路1号 李雷",
    "13900007100李雷广东省深圳市福田区华强北路1号",
    "李雷13900007100广东省深圳市福田区华强北路1号",
    "李雷广东省深圳市福田区华强北路1号13900007100",
    "广东省深圳市福田区华强北路1号李雷13900007100",
    "李雷 +86 139 0000 7100 广东省深圳市福田区华强北路1号",
    "李雷 +86-139-0000-7100 广东省深圳市福田区华强北路1号",
    "李雷 008613900007100 广东省深圳市福田区华强北路1号",
    "李雷 8613900007100 广东深圳福田华强北路1号",
    "李雷 １３９００００７１００ 广东省深圳市福田区华强北路1号",
    "李雷 1390 0007 100 广东省深圳市福田区华强北路1号",
    "李雷/13900007100/广东省深圳市福田区华强北路1号",
    "李雷　13900007100　深圳市福田区华强北路1号",
    "李雷 13900007100 深圳福田区华强北路1号",
    "李雷 13900007100 广东深圳福田华强北路1号",
    "李雷 13900007100 广东-深圳-福田 华强北路1号",
    "李雷 13900007100 广东省/深圳市/福田区/华强北路1号",
    "收件人：李雷 手机号码：13900007100 所在地区：广东省深圳市福田区 详细地址：华强北路1号",
    "姓名:李雷;电话:13900007100;地址:广东省深圳市福田区华强北路1号",
    "收货人: 李雷\n手机: 139-0000-7100\n所在地区: 广东省 深圳市 福田区\n详细地址: 广东省深圳市福田区华强北路1号",
    "广东省深圳市福田区 广东省深圳市福田区华强北路1号，李雷（收），13900007100",
    "\u202a李雷\u202c 13900007100 广东省深圳市福田区华强北路1号",
  ])("%s", (text) => {
    expect(parts(text)).toEqual(FUTIAN);
    expect(split(text).missing).toEqual([]);
  });
});

describe("regions", () => {
  test.each([
    ["北京市朝阳区建国路88号", "110105", "建国路88号"],
    ["北京朝阳区建国路88号", "110105", "建国路88号"],
    ["北京市北京市朝阳区建国路88号", "110105", "建国路88号"],
    ["北京市市辖区朝阳区建国路88号", "110105", "建国路88号"],
    ["北京 朝阳 建国路88号", "110105", "建国路88号"],
    ["上海市浦东新区世纪大道100号", "310115", "世纪大道100号"],
    ["上海浦东新区世纪大道100号", "310115", "世纪大道100号"],
    ["重庆市渝中区解放碑步行街1号", "500103", "解放碑步行街1号"],
    ["重庆市县丰都县三合街道1号", "500230", "三合街道1号"],
    ["重庆丰都县三合街道1号", "500230", "三合街道1号"],
    ["内蒙古自治区呼和浩特市新城区成吉思汗大街1号", "150102", "成吉思汗大街1号"],
    ["内蒙古呼和浩特新城区成吉思汗大街1号", "150102", "成吉思汗大街1号"],
    ["广西壮族自治区南宁市青秀区民族大道1号", "450103", "民族大道1号"],
    ["广西南宁青秀区民族大道1号", "450103", "民族大道1号"],
    ["新疆维吾尔自治区乌鲁木齐市天山区人民路1号", "650102", "人民路1号"],
    ["新疆乌鲁木齐天山区人民路1号", "650102", "人民路1号"],
    ["西藏拉萨市城关区北京中路1号", "540102", "北京中路1号"],
    ["宁夏回族自治区银川市兴庆区解放西街1号", "640104", "解放西街1号"],
    ["吉林省延边朝鲜族自治州延吉市光明街1号", "222401", "光明街1号"],
    ["吉林延边州延吉市光明街1号", "222401", "光明街1号"],
    ["江苏省苏州市昆山市前进路1号", "320583", "前进路1号"],
    ["江苏省昆山市前进路1号", "320583", "前进路1号"],
    ["江苏昆山前进东街1号", "320583", "前进东街1号"],
    ["昆山市前进路1号", "320583", "前进路1号"],
    ["河南省济源市沁园街道1号", "419001", "沁园街道1号"],
    ["湖北省仙桃市沔阳大道1号", "429004", "沔阳大道1号"],
    ["广东省东莞市长安镇德政路1号", "441904", "德政路1号"],
    ["东莞长安镇德政路1号", "441904", "德政路1号"],
    ["香港特别行政区香港岛中西区皇后大道1号", "810101", "皇后大道1号"],
    ["吉林省吉林市船营区北京路1号", "220204", "北京路1号"],
    ["江苏镇江京口区中山东路1号", "321102", "中山东路1号"],
    ["河南商丘梁园区民主路1号", "411402", "民主路1号"],
    ["北京门头沟区新桥大街1号", "110109", "新桥大街1号"],
    ["哈尔滨道里区中央大街1号", "230102", "中央大街1号"],
    ["浙江台州路桥区路桥大道1号", "331004", "路桥大道1号"],
    ["河北石家庄桥西区自强路1号", "130104", "自强路1号"],
    ["福田区华强北路1号", "440304", "华强北路1号"],
    ["浙江省杭州市西湖区北京西路1号", "330106", "北京西路1号"],
  ])("%s", (text, region, address) => {
    const told = split(`李雷 13900007100 ${text}`);
    expect([told.region, told.address, told.missing]).toEqual([region, address, []]);
    expect(told.name).toBe("李雷");
  });

  test("a district that several cities have is asked for, and the street is kept", () => {
    const told = split("李雷 13900007100 朝阳区建国路88号");
    expect(told).toMatchObject({ region: "", several: true, missing: ["region"], address: "朝阳区建国路88号" });
  });

  test("a city without its district is told as far as it goes", () => {
    expect(split("李雷 13900007100 广东省深圳市华强北路1号")).toMatchObject({ region: "440300", address: "华强北路1号", missing: ["region"] });
    expect(split("李雷 13900007100 广东省华强北路1号")).toMatchObject({ region: "440000", missing: ["region"] });
  });

  test.each(["南京路1号", "上海大厦5楼", "长安街1号", "朝阳路2号院"])("%s alone names no region", (text) => {
    expect(split(`李雷 13900007100 ${text}`)).toMatchObject({ region: "", address: text, missing: ["region"], several: false });
  });

  test("a street named after a district is not that district", () => {
    expect(split("李雷 13900007100 北京市朝阳路1号院")).toMatchObject({ region: "110100", address: "朝阳路1号院" });
  });
});

describe("phones", () => {
  test.each([
    ["李雷 广东省深圳市福田区华强北路1号101室 13900007100", "13900007100", "华强北路1号101室"],
    ["李雷 广东省深圳市福田区华强北路1号 15 13900007100", "13900007100", "华强北路1号 15"],
    ["广东省深圳市福田区华强北路1号13栋 李雷 139 0000 7100", "13900007100", "华强北路1号13栋"],
  ])("%s", (text, phone, address) => {
    const told = split(text);
    expect([told.phone, told.address, told.name]).toEqual([phone, address, "李雷"]);
  });

  test("a second one, an extension, a landline and a postcode are given back", () => {
    const street = "广东省深圳市福田区华强北路1号";
    expect(split(`李雷 13900007100 13900007101 ${street}`)).toMatchObject({ phone: "13900007100", left: "13900007101", address: "华强北路1号" });
    expect(split(`李雷 13900007100-1234 ${street}`)).toMatchObject({ phone: "13900007100", left: "1234", address: "华强北路1号" });
    expect(split(`李雷 13900007100转8001 ${street}`)).toMatchObject({ phone: "13900007100", left: "8001" });
    expect(split(`李雷 0755-12345678 ${street}`)).toMatchObject({ phone: "", left: "0755-12345678", missing: ["phone"], address: "华强北路1号" });
    expect(split(`李雷 13900007100 ${street} 518000`)).toMatchObject({ left: "518000", address: "华强北路1号" });
    expect(split(`李雷 13900007100 ${street} 邮编：518000`)).toMatchObject({ left: "518000" });
  });

  test.each(["12345678901", "139000071001", "1390000710", "23900007100"])("%s is none", (digits) => {
    expect(split(`李雷 ${digits} 广东省深圳市福田区华强北路1号`)).toMatchObject({ phone: "", missing: ["phone"] });
  });
});

describe("names", () => {
  const rest = "13900007100 广东省深圳市福田区华强北路1号";
  test.each(["韩梅梅", "欧阳修文", "阿卜杜拉·买买提", "李先生", "Li Lei", "Anna", "司马光", "路遥"])("%s", (name) => {
    expect(split(`${name} ${rest}`)).toMatchObject({ name, address: "华强北路1号" });
    expect(split(`${rest} ${name}`)).toMatchObject({ name, address: "华强北路1号" });
  });

  test.each([
    ["李雷 13900007100 广东省深圳市福田区 科技园 12栋 3 单元", "李雷", "科技园 12栋 3 单元"],
    ["13900007100 广东省深圳市福田区 莲花北村 12栋 李雷", "李雷", "莲花北村 12栋"],
    ["13900007100 广东省深圳市福田区华强北路1号2栋301室韩梅梅", "韩梅梅", "华强北路1号2栋301室"],
    ["朝阳路 1 号院 2 号楼 北京市朝阳区 李雷 13900007100", "李雷", "朝阳路 1 号院 2 号楼"],
  ])("%s", (text, name, address) => {
    expect(split(text)).toMatchObject({ name, address });
  });

  test("where there is none, none is made up", () => {
    expect(split(rest)).toMatchObject({ name: "", missing: ["name"], address: "华强北路1号" });
    expect(split("13900007100 广东省深圳市福田区 华强北路 1号")).toMatchObject({ name: "", address: "华强北路 1号" });
  });
});

describe("what is no address", () => {
  test.each(["", " \n\t ", "你好", "<b>x</b>", "0".repeat(50), "，，，。", "🚚🚚"])("%j loses nothing", (text) => {
    const told = split(text);
    expect(told.phone).toBe("");
    expect(told.region).toBe("");
    expect(told.missing).toEqual(expect.arrayContaining(["phone", "region"]));
  });

  test("markup stays text", () => {
    expect(split("李雷 13900007100 广东省深圳市福田区<img/src=x>路1号").address).toBe("<img/src=x>路1号");
  });

  test("a page of text is read in no time", () => {
    const started = performance.now();
    split("华强北路1号".repeat(200));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
