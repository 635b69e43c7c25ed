// What the desk's first page says.

import type { Pairs } from "@/i18n";

export default {
  summary: {
    title: ["概况", "Summary"],
  },
} satisfies Pairs;
