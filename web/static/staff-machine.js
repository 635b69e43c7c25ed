// How a terminal's machine does by its agent's last word, and what proves its agent.

import { make, span, when } from "/static/dom.js";
import { word } from "/static/words.js";

const PORT = {
  opening: ["正在打开", "opening"], ready: ["就绪", "ready"], unreachable: ["连不上", "unreachable"],
};
const MEGABYTE = 2 ** 20;

/** Lines about a machine; nothing was heard of one that is null. */
export function machine(told, agent) {
  const lines = [];
  if (told) {
    lines.push(...told.ports.map(port), boards(told.boards), rest(told));
  } else {
    lines.push(make("p", { className: "soft" }, "还没有收到机器状态 / nothing heard of the machine yet"));
  }
  if (agent?.fingerprint) {
    lines.push(make("p", { className: "soft" }, "设备密钥 key ", make("code", {}, agent.fingerprint),
      agent.enrolled_at ? ` · ${when(agent.enrolled_at)}` : "",
      agent.token_expires_at ? ` · 有未使用的令牌 a token waits until ${when(agent.token_expires_at)}` : ""));
  }
  return lines.filter(Boolean);
}

function port(each) {
  return make("p", {}, make("code", {}, each.device), ` ${each.protocol} `,
    make("b", { className: `chip ${each.state === "ready" ? "up" : "down"}` }, word(PORT, each.state)),
    each.reason ? ` ${each.reason}` : "",
    make("small", {}, ` 出错率 errors ${each.error_percent}% · 无应答 silences ${each.silences} · 校验错 checksums ${each.checksum_errors} · 丢弃 dropped ${each.dropped_bytes} B · 共 of ${each.exchanges}`));
}

function boards(all) {
  if (!all.length) return null;
  return make("p", { className: "chips" }, "锁板 boards ", ...all.map((each) =>
    make("b", { className: `chip ${each.is_answering && !each.fault ? "up" : "down"}`, title: each.device },
      `${each.address}${each.is_answering ? "" : " 不应答 silent"}${each.fault ? ` ${each.fault}` : ""}`)));
}

function rest(told) {
  const parts = [
    `未上报 spooled ${told.spooled}`,
    told.disk_error ? `磁盘 disk ${told.disk_error}`
      : told.disk_free_bytes === null ? "" : `磁盘剩余 disk free ${Math.round(told.disk_free_bytes / MEGABYTE)} MB`,
    told.clock_off_by_seconds === null ? "" : `时钟差 clock off by ${told.clock_off_by_seconds.toFixed(1)} s`,
    `已运行 up ${span(told.uptime_seconds)}`, `${when(told.at)} 上报 reported`,
  ];
  return make("p", { className: "soft" }, parts.filter(Boolean).join(" · "));
}
