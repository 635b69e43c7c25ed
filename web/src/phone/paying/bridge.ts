// WeChat's bridge into this page, which it may bring a moment after the page.

const BRIDGE_MS = 6000; // how long WeChat may take to bring it

interface Bridge {
  invoke(name: string, given: Readonly<Record<string, string>>, told: (answer?: { err_msg?: string }) => void): void;
}

type WithBridge = typeof globalThis & { WeixinJSBridge?: Bridge };

/** There is no bridge: the page is not open in WeChat. */
export class NoBridge extends Error {}

/** Open WeChat's own sheet; gives how it ended: whether paid, closed by the person, or neither. */
export const payBySheet = (parameters: Readonly<Record<string, string>>) => askBridge("getBrandWCPayRequest", parameters);

/** Open the page of WeChat's where a courier confirms a payout. */
export const confirmTransfer = (parameters: Readonly<Record<string, string>>) => askBridge("requestMerchantTransfer", parameters);

async function askBridge(name: string, parameters: Readonly<Record<string, string>>): Promise<"ok" | "cancel" | "failed"> {
  const bridge = await weChatBridge();
  const told = await new Promise<string>((resolve) => {
    bridge.invoke(name, parameters, (answer) => resolve(answer?.err_msg ?? ""));
  });
  if (told.endsWith(":ok")) return "ok";
  return told.endsWith(":cancel") ? "cancel" : "failed";
}

function weChatBridge(): Promise<Bridge> {
  const here = globalThis as WithBridge;
  if (here.WeixinJSBridge) return Promise.resolve(here.WeixinJSBridge);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new NoBridge()), BRIDGE_MS);
    const ready = (): void => {
      clearTimeout(timer);
      resolve(here.WeixinJSBridge!);
    };
    document.addEventListener("WeixinJSBridgeReady", ready, { once: true });
  });
}
