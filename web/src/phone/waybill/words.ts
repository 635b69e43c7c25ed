// What the waybill's form and the address book say; a face that has them adds this table, and
// `i18n/words/orders` for sizes and zones.

import type { Pairs } from "@/i18n";

export default {
  waybill: {
    title: ["填写面单", "Waybill"],
    sender: ["寄件人", "Sender"],
    sender_name: ["真实姓名", "Real name"],
    recipient: ["收件人", "Recipient"],
    name: ["姓名", "Name"],
    phone: ["手机号", "Phone"],
    region: ["省市区", "Region"],
    address: ["详细地址", "Address"],
    address_hint: ["街道、门牌号、楼栋", "Street, number, building"],
    parcel: ["物品", "Parcel"],
    description: ["内件", "Contents"],
    description_hint: ["书、衣服…", "Books, clothes…"],
    size: ["大小", "Size"],
    origin: ["寄出城市", "Sent from"],
    price: ["价格", "Price"],
    price_later: ["选好地区后显示价格", "Choose the regions to see the price"],
    price_asked: ["正在算价…", "Asking for the price…"],
    prohibited: ["不含违禁品", "Nothing prohibited inside"],
    prohibited_list: ["违禁品目录", "list"],
    consent: ["同意智能柜寄存条款", "I consent to the locker terms"],
    consent_terms: ["条款", "terms"],
    save: ["存入地址簿", "Save in the address book"],
    not_saved: ["面单已提交；地址没有存入地址簿", "Placed; the address was not saved"],
    submit: ["提交面单", "Place the order"],
  },
  paste: {
    label: ["智能识别", "Paste and split"],
    hint: ["粘贴整段文字，自动拆分姓名、电话和地址", "Paste a whole text: name, phone and address are told apart"],
    split: ["识别", "Split"],
    done: ["已填好，请核对", "Filled in: please check"],
    missing: ["没有找到：{parts}", "Not found: {parts}"],
    several: ["有多个同名地区，请选择省市区", "Several regions have this name: please choose"],
    left: ["没有用到：{text}", "Not used: {text}"],
    nothing: ["请先粘贴文字", "Paste a text first"],
    part: { name: ["姓名", "name"], phone: ["手机号", "phone"], region: ["省市区", "region"], address: ["详细地址", "address"] },
  },
  region: {
    level: { 0: ["省", "Province"], 1: ["市", "City"], 2: ["区县", "District"] },
    failed: ["地区表读取失败", "The regions could not be read"],
  },
  book: {
    title: ["地址簿", "Address book"],
    choose: ["从地址簿选择", "Choose from the book"],
    empty: ["地址簿还是空的", "No addresses yet"],
    add: ["新增地址", "Add an address"],
    edit: ["修改地址", "Edit the address"],
    use: ["选择", "Choose"],
    remove_sure: ["删除这个地址？", "Remove this address?"],
    kept_masked: ["内容已加密保存，只在选用或修改时显示全文", "Kept sealed; shown in full only to be used or edited"],
    stale: ["这个地址在别处改过了，请重新打开", "It was changed elsewhere: please open it again"],
  },
} satisfies Pairs;
