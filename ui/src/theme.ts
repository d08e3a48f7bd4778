import {
  Badge,
  Button,
  Card,
  CloseButton,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  Modal,
  parseThemeColor,
  Table,
  Tooltip,
  type VariantColorsResolver,
} from "@mantine/core";
import type { AriaAttributes } from "react";

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

/**
 * Colours of badges, alerts, light buttons and those that delete: dark enough on their ground to be read (WCAG AA),
 * which the library's own are not in all colours.
 */
const variantColorResolver: VariantColorsResolver = (input) => {
  const made = defaultVariantColorsResolver(input);
  if (input.variant === "filled" && input.color === "red") {
    return { ...made, background: "var(--mantine-color-red-9)", hover: "#b02525" };
  }
  if (input.variant !== "light") {
    return made;
  }
  const parsed = parseThemeColor({
    color: input.color ?? input.theme.primaryColor,
    theme: input.theme,
  });
  if (!parsed.isThemeColor) {
    return made;
  }
  const shade = (index: number) => `var(--mantine-color-${parsed.color}-${index})`;
  return {
    ...made,
    background: `light-dark(${shade(0)}, color-mix(in srgb, ${shade(9)} 32%, var(--mantine-color-dark-7)))`,
    hover: `light-dark(${shade(1)}, color-mix(in srgb, ${shade(9)} 45%, var(--mantine-color-dark-7)))`,
    color: `light-dark(color-mix(in srgb, ${shade(9)} 70%, black), ${shade(2)})`,
  };
};

/** What a cross is called where nothing says more; the library's types leave it out. */
const NAMED_CLOSE: Pick<AriaAttributes, "aria-label"> = { "aria-label": "Close" };

export const theme = createTheme({
  variantColorResolver,
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
    CloseButton: CloseButton.extend({ defaultProps: NAMED_CLOSE }),
    Modal: Modal.extend({ defaultProps: { centered: true } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: "xs", horizontalSpacing: "sm" } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 250, withArrow: true } }),
  },
});
