/** Which flags have other values for who takes part. */

import { Group, Select, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useDefinitions } from "@/api/definitions";
import { type DraftFlag, newKey } from "./draft";
import { FlagCard } from "./flag-card";
import type { PartProps } from "./part-props";

export function FlagsPart({ draft, onChange, errors, readOnly, onProblem }: PartProps) {
  const flags = useDefinitions("flag");
  const used = new Set(draft.flags.map((each) => each.flag));
  const replace = (key: string, next: DraftFlag | null) =>
    onChange({
      flags: draft.flags.flatMap((each) => (each.key === key ? (next ? [next] : []) : [each])),
    });
  const add = (name: string | null) => {
    const flag = flags.data?.find((each) => each.name === name);
    if (flag) {
      const made = { key: newKey(), flag: flag.name, value: flag.value, variants: [] };
      onChange({ flags: [...draft.flags, made] });
    }
  };
  return (
    <Stack>
      <Text size="sm" c="dimmed" maw={680}>
        While a run is on, these flags have other values for who takes part. Experiments go before
        live events; live events go before the flag’s own variants. A flag that is off keeps its
        default for everybody.
      </Text>
      {draft.flags.map((override, index) => (
        <FlagCard
          key={override.key}
          override={override}
          definition={flags.data?.find((each) => each.name === override.flag)}
          field={`flags[${index}]`}
          onOverride={(next) => replace(override.key, next)}
          onRemove={() => replace(override.key, null)}
          errors={errors}
          readOnly={readOnly}
          onProblem={onProblem}
        />
      ))}
      {draft.flags.length === 0 && readOnly && <Text size="sm">No flags.</Text>}
      {!readOnly && (
        <Group align="flex-end">
          <Select
            label={draft.flags.length === 0 ? "Give a flag another value" : "And another flag"}
            description="It begins with the flag’s default"
            // A new field after each choice: it is for adding, and stays empty.
            key={draft.flags.length}
            data={(flags.data ?? []).map((flag) => flag.name).filter((name) => !used.has(name))}
            value={null}
            onChange={add}
            searchable
            limit={50}
            leftSection={<IconPlus size={16} />}
            placeholder="Choose a flag"
            nothingFoundMessage="No other flag has that name"
            w={340}
          />
        </Group>
      )}
    </Stack>
  );
}
