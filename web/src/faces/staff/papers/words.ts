// What the queue of bookings' papers says.

import type { Pairs } from "@/i18n";
import papers from "@/bookings/papers_words";

/** Reasons that owners read, in both languages at once. */
export const reasons = {
  unclear: ["照片不清晰，请重拍", "The photo is not clear"],
  other_paper: ["不是要求的证件或不是正面", "Another paper, or its other side"],
  name_differs: ["姓名与身份证不一致", "The name is not the card's"],
  plate_differs: ["车牌与行驶证不一致", "The plate is not the licence's"],
  incomplete: ["识别内容有误，请对照证件更正", "Please correct the fields by the paper"],
  other: ["其他（写明）", "Other (say which)"],
} satisfies Pairs;

export default {
  paper: papers.paper,
  paper_field: papers.paper_field,
  papers: {
    title: ["证件核对", "Bookings' papers"],
    empty: ["没有待核对的证件", "No papers to look at"],
    gone: ["这份证件已被处理、更正或取消。您看到的是之前的内容。", "Somebody decided on it, or it was withdrawn. What you see is how it was."],
    newer: ["车主刚更新了证件：请再看一次。", "The owner handed it in anew: please look again."],
    look: ["查看证件（会留痕）", "Look, on record"],
    look_again: ["再看一次（会留痕）", "Look again, on record"],
    locked: ["证件内容和照片未打开。每次打开都会留痕。", "Fields and photos are closed. Each look goes on record."],
    photo: ["证件照片", "Photo of the paper"],
    no_photo: ["没有上传证件照片", "No photo was handed in"],
    slot: ["预约", "Slot"],
    waits: ["等候自", "Waits since"],
    until: ["决定期限", "Decide by"],
    form: ["表单所填", "The form says"],
    name: ["姓名", "Name"],
    plate: ["车牌", "Plate"],
    here: ["车已到店，请现在决定", "The car is there: decide now"],
    late: ["期限已过，到店时决定", "Too late here: at the outlet"],
    soon: ["快到期限", "Soon"],
    read_by: ["识别：{by}", "Read by {by}"],
    not_read: ["没有识别到（{why}）", "Not read ({why})"],
    being_read: ["正在识别", "Being read"],
    as_read: ["识别结果", "As read"],
    corrected: ["车主更正为", "Owner's correction"],
    field: ["项目", "Field"],
    form_differs: ["与表单不同", "not as in the form"],
    nothing: ["没有内容", "Nothing"],
    approve: ["通过", "Accept"],
    approve_sure: ["证件与照片、表单一致？", "Do the papers agree with their photos and the form?"],
    unseen: ["请先看过照片，再按通过：{papers}", "Look at the photo first, then accept: {papers}"],
    wrong: ["{count} 处不符", "{count} thing is not right | {count} things are not right"],
    fails: ["有 {count} 处不符，仍要通过？", "{count} thing is not right; accept all the same? | {count} things are not right; accept all the same?"],
    reject: ["退回", "Reject"],
    reject_why: ["退回证件，请选择原因；车主会看到，并可以更正。", "Reject: the owner reads why, and may mend it."],
    accepted: ["{booking} 已通过", "{booking} accepted"],
    rejected: ["{booking} 已退回", "{booking} rejected"],
    shown: ["看{paper}", "See: {paper}"],
    more: ["还有更多，处理完这些后显示", "There are more behind these"],
    reasons,
    rule: {
      current: ["这份证件刚有变化，请再看一次", "It changed just now: please look again"],
      at_the_outlet: ["已过决定期限，请在到店时决定", "Too late here: decide at the outlet"],
      papers: ["这份证件已经处理过", "It was decided already"],
      own_outlet: ["这不是您网点的预约", "It is of another outlet"],
    },
  },
} satisfies Pairs;
