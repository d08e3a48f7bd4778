/** Giving a player a property that they have not. */

import { Autocomplete, Button, Group, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { ApiError } from "@/api/client";
import { messageOf } from "@/shared/feedback";
import { useSetProperty } from "./player-api";
import classes from "./players.module.css";
import { type PropertyKind, propertyProblems } from "./properties";

/** A field for the name, completed from the declared properties, and one for the value. */
export function AddProperty({
  playerId,
  kind,
  names,
}: {
  playerId: string;
  kind: PropertyKind;
  names: string[];
}) {
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const nameField = useRef<HTMLInputElement>(null);
  const change = useSetProperty(playerId);
  const problems =
    change.error instanceof ApiError ? propertyProblems(change.error.fields, kind, name) : {};
  const other =
    change.error && !problems.name && !problems.value ? messageOf(change.error) : undefined;
  return (
    <form
      className={classes.add}
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(
          { kind, name, value },
          {
            onSuccess: () => {
              setName("");
              setValue("");
              nameField.current?.focus();
            },
          },
        );
      }}
    >
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <Autocomplete
          ref={nameField}
          size="xs"
          aria-label={`Name of a new ${kind} property`}
          placeholder="Property"
          data={names}
          value={name}
          onChange={(text) => {
            setName(text);
            change.reset();
          }}
          error={problems.name}
          maxDropdownHeight={240}
          style={{ flex: "0 0 38%" }}
        />
        <TextInput
          size="xs"
          aria-label={`Value of a new ${kind} property`}
          placeholder="Value"
          value={value}
          onChange={(event) => {
            setValue(event.currentTarget.value);
            change.reset();
          }}
          error={problems.value ?? other}
          style={{ flex: 1 }}
        />
        <Button
          type="submit"
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} />}
          disabled={!name.trim()}
          loading={change.isPending}
        >
          Add
        </Button>
      </Group>
    </form>
  );
}
