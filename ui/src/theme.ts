import {
  Badge,
  Button,
  Card,
  createTheme,
  type MantineColorsTuple,
  Modal,
  Table,
  Tooltip,
} from "@mantine/core";

/** 藍, the indigo of festival coats. */
const ai: MantineColorsTuple = [
  "#eef3fb",
  "#dbe4f3",
  "#b3c6e6",
  "#88a6d9",
  "#658bce",
  "#4e7ac8",
  "#3a69bd",
  "#2f5aa6",
  "#264b8c",
  "#1a3768",
];

/** 提灯, the vermilion of lanterns: the mark, and what is live. */
const lantern: MantineColorsTuple = [
  "#fff0eb",
  "#ffddd2",
  "#f9bba6",
  "#f29677",
  "#ec7750",
  "#e86438",
  "#d9532a",
  "#bb431d",
  "#993615",
  "#73270d",
];

export const theme = createTheme({
  primaryColor: "ai",
  primaryShade: { light: 7, dark: 6 },
  colors: { ai, lantern },
  defaultRadius: "md",
  autoContrast: true,
  luminanceThreshold: 0.32,
  fontFamily:
    'Inter, "Segoe UI", system-ui, -apple-system, "Noto Sans", "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: '"JetBrains Mono", "SF Mono", ui-monospace, Menlo, Consolas, monospace',
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.15rem" } },
  },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Badge: Badge.extend({ defaultProps: { variant: "light", radius: "sm", tt: "none" } }),
    Button: Button.extend({ defaultProps: { size: "sm" } }),
    Card: Card.extend({ defaultProps: { withBorder: true, padding: "lg" } }),
    Modal: Modal.extend({ defaultProps: { centered: true } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: "xs", horizontalSpacing: "sm" } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 250, withArrow: true } }),
  },
});
