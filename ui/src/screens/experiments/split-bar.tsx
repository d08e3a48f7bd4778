/** A split of players as one bar. What it shows stands in words beside it, or in its name. */

import { Box, Group, Text } from "@mantine/core";
import classes from "./experiments.module.css";
import { percentText } from "./weights";

export interface Part {
  name: string;
  /** Of 1,000. */
  weight: number;
}

/** The colours of variants in their order; the control is grey. */
export function variantColour(index: number): string {
  const colours = ["gray", "ai", "teal", "orange", "grape", "cyan", "pink", "lime"];
  return `var(--mantine-color-${colours[index % colours.length]}-${index === 0 ? 5 : 6})`;
}

/** A dot in the colour of a variant. */
export function VariantDot({ index }: { index: number }) {
  return <span aria-hidden className={classes.dot} style={{ background: variantColour(index) }} />;
}

/** `label` says what is split; with `legend`, names and shares stand below. */
export function SplitBar({
  parts,
  label,
  legend = false,
}: {
  parts: readonly Part[];
  label: string;
  legend?: boolean;
}) {
  const words = parts.map((part) => `${part.name} ${percentText(part.weight)}`).join(", ");
  return (
    <Box>
      <div className={classes.split} role="img" aria-label={`${label}: ${words}`}>
        {parts.map((part, index) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: names may be equal while they are typed
            key={index}
            style={{ flexGrow: part.weight, background: variantColour(index) }}
            hidden={part.weight === 0}
          />
        ))}
      </div>
      {legend && (
        <Group gap="md" mt={6} aria-hidden>
          {parts.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: names may be equal while they are typed
            <Group key={index} gap={6} wrap="nowrap">
              <VariantDot index={index} />
              <Text size="xs" truncate maw={220}>
                {part.name || "No name"} {percentText(part.weight)}
              </Text>
            </Group>
          ))}
        </Group>
      )}
    </Box>
  );
}
