// What offline codes say.

import type { Pairs } from "@/i18n";

export default {
  grant: {
    show: ["柜机离线？出示离线码", "Terminal offline? Show the code"],
    code: ["离线码", "Offline code"],
    how: ["将屏幕调亮，对准柜机的扫码口", "Make the screen bright and hold it to the terminal's scanner"],
    cell: ["{cell} 号格口", "Cell {cell}"],
    good_for: ["有效时间", "Good for"],
    once: [
      "只能开一次门，且仅在柜机断网时有效；柜机联网后会自动登记。",
      "It opens once, and only while the terminal is offline; the terminal tells us when it is back.",
    ],
    bare: ["手机和柜机都没有网络时，也可以用离线码开门。", "It opens the door where neither the phone nor the terminal has a network."],
  },
} satisfies Pairs;
