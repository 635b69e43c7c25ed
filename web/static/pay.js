// The page behind a payment QR (/pay/{code}).

import { byId } from "/static/dom.js";
import { PayPanel } from "/static/pay-panel.js";

const code = decodeURIComponent(location.pathname.split("/").pop());
const panel = new PayPanel(code, { alone: true });
byId("pay").replaceChildren(panel.node);
panel.start();
// Back from the wallet the browser may show the page as it was left.
addEventListener("pageshow", (event) => event.persisted && panel.lookAtWallet());
