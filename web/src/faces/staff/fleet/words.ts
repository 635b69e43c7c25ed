// What the desk says of terminals, doors, frames and alerts, [Chinese, English].

import type { Pairs } from "@/i18n";

export default {
  doors: {
    label: ["柜门", "Doors"],
    cell: ["{cell} 号格口", "cell {cell}"],
    door: ["门", "door"],
    between: ["，", ", "],
    opening: ["正在开门，还没有感应到", "opening, not yet sensed"],
    open: ["感应到开着", "sensed open"],
    old: ["状态可能已旧", "may be old"],
    nobody: ["平台上没有这一格", "not known to the platform"],
    elsewhere: ["柜机配置里没有：", "Not in the cabinet's configuration:"],
    from_boards: ["位置按锁板顺序推测，未在配置里写明", "Places are guessed from the boards' order"],
    from_sizes: ["柜机没有上报布局，按大小排列", "The agent told no layout: by size"],
  },
} satisfies Pairs;
