// Lists the pictures that recognisers were asked to read, without what they show.

import { ask, make } from "/static/dom.js";

const KINDS = { id_card: "身份证", vehicle_licence: "行驶证" };

async function load() {
  const { asked } = await ask("GET", "/ocr/asked");
  const lines = asked.map((one) => make("li", {}, [
    new Date(one.at * 1000).toLocaleTimeString(),
    one.vendor, KINDS[one.kind], `${Math.round(one.bytes / 1024)} KB`,
    one.sha256.slice(0, 8), one.outcome,
  ].join(" · ")));
  document.getElementById("asked").replaceChildren(...(lines.length
    ? lines : [make("li", { className: "empty" }, "还没有 none yet")]));
}

load().catch((error) => {
  const place = document.getElementById("problem");
  place.hidden = false;
  place.textContent = error.message;
});
