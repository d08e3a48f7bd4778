/** A field for audiences, by name, with how many players each has. */

import { Group, MultiSelect, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useDefinitions } from "@/api/definitions";

export function AudiencesInput({
  label = "Audiences",
  description,
  value,
  onChange,
  error,
  readOnly,
  placeholder = "Everybody",
}: {
  label?: string;
  description?: ReactNode;
  value: string[];
  onChange: (audiences: string[]) => void;
  error?: ReactNode;
  readOnly?: boolean;
  /** What it means that there is none. */
  placeholder?: string;
}) {
  const audiences = useDefinitions("audience");
  const known = new Map((audiences.data ?? []).map((audience) => [audience.name, audience]));
  return (
    <MultiSelect
      label={label}
      description={description}
      // What is chosen shows even before the list of all is here.
      data={[...new Set([...known.keys(), ...value])]}
      value={value}
      onChange={onChange}
      error={error}
      readOnly={readOnly}
      searchable
      clearable={!readOnly}
      hidePickedOptions
      placeholder={value.length === 0 ? placeholder : ""}
      nothingFoundMessage="No audience has that name"
      renderOption={({ option }) => (
        <Group justify="space-between" gap="xs" wrap="nowrap" flex={1}>
          <span>{option.value}</span>
          <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
            {(known.get(option.value)?.member_count ?? 0).toLocaleString("en")} players
          </Text>
        </Group>
      )}
    />
  );
}
