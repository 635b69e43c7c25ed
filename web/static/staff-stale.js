// A save that was refused because somebody else saved meanwhile: said beside a way on.

import { both, button } from "/static/dom.js";

/** Do an act of a form; where its version is an old one, offer `reload`, which drops what is typed. */
export async function orStale(form, act, reload) {
  form.querySelector(".reload")?.remove();
  try {
    return await act();
  } catch (error) {
    if (error.code !== "stale") throw error;
    form.append(button(both("放弃我的修改，读取最新内容", "Drop mine, show what is there now"), reload, "reload"));
    throw new Error("别人刚刚改过，您填写的内容还在，未保存 / Somebody changed it meanwhile; what you typed is still here, not saved.");
  }
}
