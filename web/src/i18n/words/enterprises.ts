// Words for enterprises' pages: the API's codes as people read them, [Chinese, English].

import type { Pairs } from "../pairs";

export default {
  block: {
    heading: ["标题", "Heading"],
    paragraph: ["段落", "Paragraph"],
    list: ["列表", "List"],
    picture: ["图片", "Picture"],
  },
} satisfies Pairs;
