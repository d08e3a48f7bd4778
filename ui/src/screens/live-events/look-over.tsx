/** Everything that a live event is, in words, before it is saved. */

import { Card, Code, Group, List, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { LabelBadges, LabelMark } from "@/shared/labels";
import type { LiveEventDraft, Part } from "./draft";
import { TextButton } from "./text-button";
import type { Preview } from "./use-preview";
import { joiningWords } from "./words";
import { localText } from "./zone-time";

export function LookOver({
  draft,
  preview,
  onPart,
}: {
  draft: LiveEventDraft;
  preview: Preview | undefined;
  /** Goes to where a part is edited. */
  onPart: (part: Part) => void;
}) {
  const [next] = preview?.runs ?? [];
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Section title="What" onEdit={() => onPart("what")}>
        <Group gap={6}>
          {draft.color && <LabelMark colour={draft.color} />}
          <Text fw={600}>{draft.name}</Text>
          <LabelBadges labels={draft.labels} />
        </Group>
        <Text size="sm" c={draft.description ? undefined : "dimmed"} style={ANYWHERE}>
          {draft.description || "No description"}
        </Text>
        <Text size="sm" component="div">
          Value for games <ShortValue text={draft.value} />
        </Text>
      </Section>
      <Section title="When" onEdit={() => onPart("when")}>
        <Text size="sm">{preview?.words ?? "Not known yet"}</Text>
        <Text size="sm">
          {next
            ? `First run from now: ${localText(next.local_start)} to ${localText(next.local_end)} (${preview?.time_zone}).`
            : "No runs are to come."}
        </Text>
        {preview?.notes.map((note) => (
          <Text key={note} size="sm" c="dimmed">
            {note}
          </Text>
        ))}
      </Section>
      <Section title="Who" onEdit={() => onPart("who")}>
        <Text size="sm">
          {draft.audiences.length > 0 ? `Players in ${draft.audiences.join(" or ")}` : "Everybody"}
          {draft.excludeAudiences.length > 0 &&
            `, but nobody in ${draft.excludeAudiences.join(" or ")}`}
        </Text>
        <Text size="sm">{joiningWords({ explicit_join: draft.explicitJoin })}</Text>
        <Text size="sm">
          {draft.participantsMax > 0
            ? `At most ${draft.participantsMax.toLocaleString("en")} in each run`
            : "As many as come"}
        </Text>
      </Section>
      <Section title="Flags" onEdit={() => onPart("flags")}>
        {draft.flags.length === 0 ? (
          <Text size="sm">No flags change.</Text>
        ) : (
          <List size="sm" spacing={6}>
            {draft.flags.map((override) => (
              <List.Item key={override.key}>
                {override.flag}{" "}
                {override.value !== undefined && <ShortValue text={override.value} />}
                {override.variants.map((variant) => (
                  <div key={variant.key}>
                    {variant.audiences.join(" or ")}: <ShortValue text={variant.value} />
                  </div>
                ))}
              </List.Item>
            ))}
          </List>
        )}
      </Section>
    </SimpleGrid>
  );
}

const ANYWHERE = { overflowWrap: "anywhere" } as const;

function Section({
  title,
  onEdit,
  children,
}: {
  title: string;
  onEdit: () => void;
  children: ReactNode;
}) {
  return (
    <Card component="section" aria-label={title} withBorder padding="md">
      <Stack gap={6}>
        <Group justify="space-between">
          <Title order={2} size="h5">
            {title}
          </Title>
          <TextButton onClick={onEdit} label={`Change: ${title}`}>
            Change
          </TextButton>
        </Group>
        {children}
      </Stack>
    </Card>
  );
}

/** A value, cut where it is long. */
export function ShortValue({ text }: { text: string }) {
  return (
    <Code style={ANYWHERE}>{text.length > 120 ? `${text.slice(0, 120)}…` : text || '""'}</Code>
  );
}
