/** What becomes of flags by a promotion, and which of them are to change. */

import { Checkbox, Code, Group, Stack, Text } from "@mantine/core";
import { type Definitions, useDefinitions } from "@/api/definitions";
import { ErrorPanel, Waiting } from "@/shared/feedback";
import type { FlagValueDraft } from "./draft";

const SHOWN_CHARACTERS = 120;

export function FlagsBecome({
  values,
  left,
  onLeft,
  asVariant,
}: {
  values: readonly FlagValueDraft[];
  /** The flags that are left as they are. */
  left: readonly string[];
  onLeft: (left: string[]) => void;
  /** The name of the flags' variant that is to have the value; absent for their default. */
  asVariant: string | undefined;
}) {
  const flags = useDefinitions("flag");
  if (flags.isPending) {
    return <Waiting label="Looking at the flags" />;
  }
  if (flags.isError) {
    return <ErrorPanel error={flags.error} retry={() => flags.refetch()} />;
  }
  const byName = new Map(flags.data.map((flag) => [flag.name, flag]));
  return (
    <Checkbox.Group
      label="What flags become"
      description="All that are ticked change together, or none does"
      value={values.map(({ flag }) => flag).filter((flag) => !left.includes(flag))}
      onChange={(kept) =>
        onLeft(values.map(({ flag }) => flag).filter((flag) => !kept.includes(flag)))
      }
    >
      <Stack gap="sm" mt={6}>
        {values.map(({ flag, value }) => (
          <div key={flag}>
            <Checkbox value={flag} label={flag} />
            <Group gap="xs" ml={32} mt={4}>
              <Code>{shown(before(byName.get(flag), asVariant))}</Code>
              <span aria-hidden>→</span>
              <Code fw={600}>{shown(value)}</Code>
            </Group>
            <Text size="xs" c="dimmed" ml={32}>
              {notes(byName.get(flag), asVariant)}
            </Text>
          </div>
        ))}
      </Stack>
    </Checkbox.Group>
  );
}

function before(
  flag: Definitions["flag"] | undefined,
  asVariant: string | undefined,
): string | undefined {
  return asVariant === undefined
    ? flag?.value
    : (flag?.variants.find((each) => each.name === asVariant)?.value ?? flag?.value);
}

function notes(flag: Definitions["flag"] | undefined, asVariant: string | undefined): string {
  if (!flag) {
    return "";
  }
  return [
    flag.enabled ? "" : "It is off: everybody has its default value.",
    asVariant === undefined && flag.variants.length > 0
      ? `Players of its variants keep those values: ${flag.variants.map((each) => each.name).join(", ")}.`
      : "",
    flag.schedule.length > 0 ? "A scheduled change may set it again." : "",
  ]
    .filter(Boolean)
    .join(" ");
}

function shown(value: string | undefined): string {
  if (value === undefined) {
    return "no flag";
  }
  return value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value || '""';
}
