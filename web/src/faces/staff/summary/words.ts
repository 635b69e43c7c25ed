// What the desk's first page says.

import type { Pairs } from "@/i18n";

export default {
  summary: {
    title: ["概况", "Summary"],
    now: ["现在要做的", "What needs doing now"],
    unknown: ["待处理的数量读取失败，不代表没有要做的。", "What waits could not be read: there may be work."],
    nothing: ["现在没有要做的", "Nothing needs doing now"],
    oldest: ["最久的已等 {age}", "the oldest waits {age}"],
    stuck: ["卡住的订单与款项", "Stuck orders and money"],
    reviews: ["面单审核", "Waybills to review"],
    certifications: ["认证审核", "Papers to review"],
    papers: ["预约证件核对", "Bookings' papers"],
    alerts: ["警报", "Alerts"],
    refunds: ["退不回去的退款", "Refunds that are stuck"],
    payouts: ["暂停的打款", "Payouts held"],
    differences: ["对账差异", "Differences of statements"],
    invoices: ["发票申请", "Invoices asked for"],
    complaints: ["投诉", "Complaints"],
    platform: ["平台", "The platform"],
    terminals_online: ["在线终端", "Terminals online"],
    couriers_on_duty: ["上班的揽件员", "Couriers on duty"],
    sockets: ["在线连接", "Sockets"],
    events_per_second: ["每秒事件", "Events a second"],
    by_state: ["订单状态", "Orders by state"],
    by_charge: ["款项", "Money"],
    activity: ["最新动态", "Latest"],
    quiet: ["打开页面以来还没有动静", "Nothing happened since this page was opened"],
  },
} satisfies Pairs;
