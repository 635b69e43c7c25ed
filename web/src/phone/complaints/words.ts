// What a complaint's thread says, on phones and on the desk.

import type { Pairs } from "@/i18n";

export default {
  complaint: {
    title: ["投诉与客服", "Complaint"],
    open_it: ["投诉这个订单", "Complain about this order"],
    intro: ["包裹丢失、破损或多收费？告诉客服，我们会在这里回复您。", "Lost, damaged, overcharged? Tell us; we answer here."],
    kind_title: ["问题", "What is wrong"],
    kind: { lost: ["丢失", "Lost"], damaged: ["破损", "Damaged"], overcharged: ["多收费", "Overcharged"], other: ["其他", "Other"] },
    state: { open: ["等待客服回复", "Waiting for an answer"], answered: ["客服已回复", "Answered"], settled: ["已处理完毕", "Settled"] },
    text: ["说明（1–500 字）", "What happened (1 to 500 characters)"],
    photos: ["照片", "Photos"],
    add_photo: ["添加照片", "Add a photo"],
    remove_photo: ["去掉照片 {at}", "Remove photo {at}"],
    photo: ["照片 {at}", "Photo {at}"],
    most_photos: ["最多 6 张", "6 at most"],
    send: ["发送", "Send"],
    sent: ["已发送", "Sent"],
    choose_kind: ["请选择问题", "Choose what is wrong"],
    write: ["请写明情况", "Please say what happened"],
    you: ["我", "You"],
    customer: ["客户", "Customer"],
    staff: ["客服", "Customer service"],
    refund: ["退款 {amount}：{state}", "Refund {amount}: {state}"],
    refundState: { asked: ["处理中", "under way"], stuck: ["处理中", "under way"], done: ["已退回", "given back"], by_hand: ["已退回", "given back"] },
    until: ["{at} 前可以继续留言", "You may write until {at}"],
    over: ["已结束，如需帮助请联系客服", "This is over; please call customer service"],
  },
} satisfies Pairs;
