// Short words in a corner of the desk: an act went well, or something failed that has no place.

import "element-plus/theme-chalk/base.css";
import "element-plus/theme-chalk/el-badge.css";
import "element-plus/theme-chalk/el-message.css";
import { ElMessage } from "element-plus";

const LONG_MS = 12_000;
const SHORT_MS = 4_000;

/** Say that something went well, or (as "error") did not. A text is never markup. */
export function say(message: string, type: "success" | "error" | "warning" | "info" = "success"): void {
  const failed = type === "error" || type === "warning";
  ElMessage({ message, type, showClose: true, grouping: true, duration: failed ? LONG_MS : SHORT_MS });
}
