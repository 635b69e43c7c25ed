// What the editor of customer service's line says.

import type { Pairs } from "@/i18n";

export default {
  service: {
    title: ["客服电话", "Service line"],
    phone: ["电话", "Number"],
    phone_hint: ["请填写可拨打的电话号码", "A number that can be dialled"],
    hours_zh: ["服务时间（中文）", "Hours in Chinese"],
    hours_en: ["服务时间（英文）", "Hours in English"],
    publish: ["发布", "Publish"],
    published: ["客服电话已发布", "Published"],
    versions: ["历史版本", "Versions"],
    none: ["还没有发布过", "Nothing was published yet"],
    stale: ["别人刚刚改过，您填写的内容还在，未保存。", "Somebody changed it meanwhile; what you typed is still here, not saved."],
    drop: ["放弃我的修改，读取最新内容", "Drop mine, show what is there now"],
    over: ["以我的内容覆盖最新版本", "Publish mine over it"],
    version: ["版本", "Version"],
    at: ["时间", "When"],
    by: ["发布人", "By"],
  },
} satisfies Pairs;
