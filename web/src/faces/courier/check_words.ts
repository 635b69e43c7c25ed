// What "why is my feed empty?" says: each condition by its name, and each way it may stand.

import type { Pairs } from "@/i18n";

export default {
  why: {
    link: ["为什么没有订单？", "Why is my feed empty?"],
    title: ["为什么没有订单？", "Why is my feed empty?"],
    first: ["先处理：{what}", "First: {what}"],
    fine: ["条件都满足，有新订单会马上出现。", "All is well: a new offer appears at once."],
    yes: ["满足", "Yes"],
    no: ["不满足", "No"],
    info: ["说明", "Note"],
    go: ["去处理", "Put it right"],
    again: ["重新检查", "Look again"],
  },
  check: {
    certified: {
      name: ["认证", "Certified"],
      yes: ["已认证，可以抢单。", "Certified: you may claim."],
      not_yet: ["未认证：能看到订单，不能抢。", "Not certified: you see offers and cannot claim them."],
      suspended: ["资格已停用：看不到订单，请联系客服。", "Suspended: no offers are shown; please call customer service."],
      expired: ["认证已到期：看不到订单，请续期。", "Run out: no offers are shown until it is renewed."],
    },
    duty: {
      name: ["上班", "On duty"],
      yes: ["正在接单。", "You are on duty."],
      no: ["您在休息：点“上班接单”。", "You are off duty: tap Go on duty."],
    },
    device_place: {
      name: ["手机定位", "The phone's place"],
      denied: ["没有定位权限：在系统设置里允许，或手动输入位置。", "Not allowed: allow it in the settings, or type the place."],
      unknown: ["手机没有找到位置：到开阔处再试。", "The phone does not find it: try in the open."],
      timeout: ["定位超时：再试一次。", "It took too long: try again."],
      unsupported: ["浏览器不能定位：手动输入位置。", "This browser cannot: type the place."],
    },
    position: {
      name: ["位置", "Position"],
      yes: ["位置有效（{minutes} 分钟前）。", "Known ({minutes} min ago)."],
      old: ["位置已是 {age} 分钟前，超过 {minutes} 分钟不算数：现在按区域 {districts} 派单。", "It is {age} min old; over {minutes} min it does not count. District {districts} stands in."],
      old_alone: ["位置已是 {age} 分钟前，超过 {minutes} 分钟不算数：请重新定位。", "It is {age} min old; over {minutes} min it does not count: find it again."],
      none: ["还没有位置：现在按区域 {districts} 派单。", "Not known: district {districts} stands in."],
      none_alone: ["还没有位置：请定位。", "Not known: let the phone find it."],
    },
    terminals: {
      name: ["附近终端", "Terminals near"],
      yes: ["可达范围内 {terminals} 台，{online} 台在线。", "{terminals} in reach, {online} online."],
      offline: ["可达范围内 {terminals} 台，现在都离线：用离线码也能取件。", "{terminals} in reach, all offline now: offline codes still open them."],
      none: ["可达范围内没有终端：换个地方。", "None in reach: move closer to one."],
      off_duty: ["上班后才能判断。", "Known once you are on duty."],
    },
    offers: {
      name: ["可抢订单", "Open offers"],
      yes: ["现在有 {offers} 单可抢。", "{offers} open now."],
      none: ["附近现在没有待接订单：等新订单。", "None open around you: wait for a new one."],
      beyond: ["附近有 {offers} 单，派单范围还没到您这里：靠近终端，或等范围扩大。", "{offers} near, whose range has not reached you: go closer, or wait until it widens."],
      unseen: ["现在看不到：先处理上面的条件。", "Not shown now: put the above right first."],
    },
    cap: {
      name: ["手上订单", "Orders you carry"],
      yes: ["手上 {carrying} 单，最多 {cap} 单。", "You carry {carrying} of at most {cap}."],
      no: ["手上 {carrying} 单，已到上限 {cap} 单：先上传面单完成一单。", "You carry {carrying}, the most is {cap}: finish one by uploading its waybill."],
    },
    socket: {
      name: ["实时连接", "Live connection"],
      yes: ["已连接。", "Connected."],
      no: ["断开：检查网络，正在自动重连。", "Down: check the network; it reconnects by itself."],
    },
    server_socket: {
      name: ["服务器", "At the server"],
      no: ["服务器还没有看到您在线，几秒后再看。", "The server does not see you live yet: look again in a few seconds."],
    },
  },
} satisfies Pairs;
