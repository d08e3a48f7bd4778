/** What the variants of a phase are, and how many players have each. */

import { Badge, Code, Group, Stack, Text } from "@mantine/core";
import { type Column, Rows } from "@/shared/data-table";
import { TextLink } from "@/shared/page";
import type { Phase, PhaseVariant } from "./draft";
import { SplitBar, VariantDot } from "./split-bar";
import { percentText, shareText } from "./weights";

interface Row {
  variant: PhaseVariant;
  index: number;
}

const SHOWN_CHARACTERS = 60;

export function SplitTable({ phase }: { phase: Phase }) {
  const columns: Column<Row>[] = [
    {
      key: "variant",
      header: "Variant",
      cell: ({ variant, index }) => (
        <>
          <Group gap={6} wrap="nowrap">
            <VariantDot index={index} />
            <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
              {variant.name}
            </Text>
            {index === 0 && <Badge color="gray">Control</Badge>}
          </Group>
          {variant.description && (
            <Text size="xs" c="dimmed">
              {variant.description}
            </Text>
          )}
        </>
      ),
    },
    { key: "flags", header: "Sets", cell: ({ variant }) => <Sets variant={variant} /> },
    {
      key: "share",
      header: "Share",
      align: "right",
      cell: ({ variant }) => percentText(variant.weight_permille),
      width: 90,
    },
    {
      key: "participants",
      header: "Participants",
      align: "right",
      cell: ({ variant }) => (
        <>
          {variant.participants.toLocaleString("en")}
          <Text size="xs" c="dimmed">
            {shareText(variant.participants, phase.participants)}
          </Text>
        </>
      ),
      width: 120,
    },
  ];
  return (
    <Stack gap="xs">
      <SplitBar
        parts={phase.variants.map((each) => ({ name: each.name, weight: each.weight_permille }))}
        label="Planned split"
      />
      <Text size="sm">
        <b>{phase.participants.toLocaleString("en")}</b> {participantWords(phase)}
        {phase.participants_max > 0 &&
          `, of ${phase.participants_max.toLocaleString("en")} at most`}
        .
      </Text>
      <Rows
        label="Variants"
        rows={phase.variants.map((variant, index) => ({ variant, index }))}
        columns={columns}
        rowKey={({ variant }) => variant.name}
      />
    </Stack>
  );
}

function participantWords({ participants, state }: Phase): string {
  const players = participants === 1 ? "player" : "players";
  if (state === "ended" || state === "archived") {
    return `${players} took part`;
  }
  return `${players} ${participants === 1 ? "takes" : "take"} part`;
}

function Sets({ variant }: { variant: PhaseVariant }) {
  if (variant.flags.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {variant.value ? "A value of its own" : "Nothing"}
      </Text>
    );
  }
  return (
    <Stack gap={2}>
      {variant.flags.map(({ flag, value }) => (
        <Text key={flag} size="sm" component="div">
          <TextLink to={`/flags/${encodeURIComponent(flag)}`}>{flag}</TextLink>{" "}
          <Code title={value}>
            {value.length > SHOWN_CHARACTERS
              ? `${value.slice(0, SHOWN_CHARACTERS)}…`
              : value || '""'}
          </Code>
        </Text>
      ))}
    </Stack>
  );
}
