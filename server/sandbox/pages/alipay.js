// The log-in page of sandbox Alipay: picking a person leads on with a code of theirs.

import { ask, make } from "/static/dom.js";

async function load() {
  const { people } = await ask("GET", "/alipay/people");
  const links = people.map((person) => {
    const query = new URLSearchParams(location.search);
    query.set("user_id", person.user_id);
    return make("li", {}, make("a", {
      href: `${location.pathname}?${query}`,
      textContent: person.nickname,
    }));
  });
  document.getElementById("people").replaceChildren(...(links.length
    ? links : [make("li", { className: "empty" }, "还没有用户 nobody yet")]));
}

function failed(error) {
  const place = document.getElementById("problem");
  place.hidden = false;
  place.textContent = error.message;
}

document.getElementById("add").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  ask("POST", "/alipay/people", { nickname: form.nickname.value })
    .then(() => form.reset())
    .then(load)
    .catch(failed);
});

load().catch(failed);
