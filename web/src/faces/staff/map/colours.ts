// The colours of what is drawn on the map, light and dark: the kit's own, read once a theme.

export interface Colours {
  text: string;
  soft: string;
  line: string;
  ground: string;
  halo: string;
  courier: readonly [fresh: string, aging: string, stale: string];
  busy: string;
  cluster: string;
  onCluster: string;
  levels: Readonly<Record<string, string>>;
  orders: string;
  door: string;
  chosen: string;
}

const LIGHT: Colours = {
  text: "#1d2733", soft: "#5b6472", line: "#c9d0d9", ground: "#f2f4f1", halo: "#ffffff",
  courier: ["#0b5cad", "#5b87b5", "#6b7280"], busy: "#7a2fb0",
  cluster: "#0b5cad", onCluster: "#ffffff",
  levels: { fine: "#087f3f", notice: "#0b5cad", warning: "#8a5a00", alarm: "#b3261e" },
  orders: "#8a5a00", door: "#b3261e", chosen: "#000000",
};

const DARK: Colours = {
  text: "#e8edf3", soft: "#b3bac5", line: "#39424d", ground: "#171c21", halo: "#10161d",
  courier: ["#6db3ff", "#5580ad", "#9aa3af"], busy: "#d29bff",
  cluster: "#6db3ff", onCluster: "#10161d",
  levels: { fine: "#4cc38a", notice: "#6db3ff", warning: "#f5c26b", alarm: "#ff8a80" },
  orders: "#f5c26b", door: "#ff8a80", chosen: "#ffffff",
};

export const coloursFor = (dark: boolean): Colours => (dark ? DARK : LIGHT);
