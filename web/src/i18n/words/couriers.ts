// Words for couriers and their papers: the API's codes as people read them, [Chinese, English].

import type { Pairs } from "../pairs";

export default {
  certification: {
    none: ["未认证", "not certified"],
    applied: ["审核中", "being looked at"],
    certified: ["已认证", "certified"],
    rejected: ["未通过", "refused"],
    suspended: ["已停用", "suspended"],
    expired: ["已到期", "run out"],
  },
  rejection: {
    photo_unclear: ["证件照片不清晰", "the photo is not clear"],
    name_differs: ["姓名与证件不一致", "the name is not that of the ID card"],
    number_differs: ["身份证号与证件不一致", "the number is not that of the ID card"],
    employer_unconfirmed: ["公司或工号无法核实", "employer or staff number not confirmed"],
    papers_expired: ["证件已过期", "the papers have run out"],
    not_an_id: ["照片不是身份证件", "the photo shows no ID card"],
    other: ["其他（请说明）", "other: say what"],
  },
  sendBack: {
    photo_unclear: ["面单照片不清晰", "the photo is not clear"],
    number_differs: ["照片上的运单号不一致", "the photo shows another number"],
    fields_differ: ["填写内容与面单不一致", "what was typed is not on the waybill"],
    wrong_parcel: ["不是这件包裹的面单", "the waybill is another parcel's"],
    not_posted: ["快递公司没有收寄记录", "the carrier has no record of it"],
    other: ["其他（请说明）", "other: say what"],
  },
  match: {
    match: ["照片条码与绑定的运单号一致", "the photo shows the bound number"],
    mismatch: ["照片条码与绑定的运单号不一致", "the photo shows another number"],
    unreadable: ["照片上没有读到条码，请人工核对", "no barcode could be read: please compare"],
  },
  role: {
    customer: ["寄件人", "customer"],
    courier: ["揽件员", "courier"],
    operator: ["运营", "operator"],
    reviewer: ["客服", "reviewer"],
    finance: ["财务", "finance"],
    outlet_staff: ["网点", "outlet staff"],
    admin: ["管理员", "admin"],
  },
} satisfies Pairs;
