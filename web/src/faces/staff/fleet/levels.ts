// How bad things are, as the desk's tags show it. Pure.

export type TagType = "danger" | "warning" | "info" | "success";

const TYPES: Readonly<Record<string, TagType>> = { alarm: "danger", warning: "warning", notice: "info", fine: "success" };

export const LEVELS: readonly string[] = ["alarm", "warning", "notice", "fine"];

export const levelType = (level: string | undefined): TagType => TYPES[level ?? "fine"] ?? "info";
