// The log-in page of sandbox WeChat: picking a person leads on with a code of theirs.

import { ask, make } from "/static/dom.js";

async function load() {
  const { people } = await ask("GET", "/wechat/people");
  const links = people.map((person) => {
    const query = new URLSearchParams(location.search);
    query.set("openid", person.openid);
    return make("li", {}, make("a", {
      href: `${location.pathname}?${query}`,
      textContent: `${person.nickname} ${person.phone ?? ""}`,
    }));
  });
  document.getElementById("people").replaceChildren(...(links.length
    ? links : [make("li", { className: "empty" }, "还没有用户 nobody yet")]));
}

load().catch((error) => {
  const place = document.getElementById("problem");
  place.hidden = false;
  place.textContent = error.message;
});
