/** One property, and the field that changes it. */

import {
  ActionIcon,
  Box,
  Group,
  type InputWrapperProps,
  Text,
  Textarea,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { IconCheck, IconPencil, IconX } from "@tabler/icons-react";
import { type ChangeEvent, type KeyboardEvent, useRef, useState } from "react";
import { ApiError } from "@/api/client";
import { messageOf } from "@/shared/feedback";
import { useSetProperty } from "./player-api";
import classes from "./players.module.css";
import { isLongText, type PropertyKind, propertyProblems } from "./properties";
import { PropertyValue } from "./property-value";

/** A property by its name; who may write it can change its value in place. */
export function PropertyRow({
  playerId,
  kind,
  name,
  value,
  description,
  writable,
}: {
  playerId: string;
  kind: PropertyKind;
  name: string;
  value: string;
  description: string;
  writable: boolean;
}) {
  const [editing, setEditing] = useState(false);
  const pencil = useRef<HTMLButtonElement>(null);
  const close = () => {
    setEditing(false);
    // The field is gone: the keyboard goes on where it began.
    setTimeout(() => pencil.current?.focus());
  };
  return (
    <li className={classes.property}>
      <Box className={classes.name}>
        <Text size="sm" ff="monospace" style={{ overflowWrap: "anywhere" }}>
          {name}
        </Text>
        {description && (
          <Text size="xs" c="dimmed">
            {description}
          </Text>
        )}
      </Box>
      {editing ? (
        <ValueField playerId={playerId} kind={kind} name={name} value={value} close={close} />
      ) : (
        <>
          <Box style={{ flex: 1, minWidth: 0 }}>
            <PropertyValue name={name} value={value} />
          </Box>
          {writable && (
            <Tooltip label="Change">
              <ActionIcon
                ref={pencil}
                variant="subtle"
                color="gray"
                aria-label={`Change ${name}`}
                onClick={() => setEditing(true)}
              >
                <IconPencil size={16} />
              </ActionIcon>
            </Tooltip>
          )}
        </>
      )}
    </li>
  );
}

function ValueField({
  playerId,
  kind,
  name,
  value,
  close,
}: {
  playerId: string;
  kind: PropertyKind;
  name: string;
  value: string;
  close: () => void;
}) {
  const [text, setText] = useState(value);
  const change = useSetProperty(playerId);
  const problems =
    change.error instanceof ApiError ? propertyProblems(change.error.fields, kind, name) : {};
  const problem = change.error
    ? (problems.value ?? problems.name ?? messageOf(change.error))
    : undefined;
  const field = {
    size: "xs",
    "aria-label": `Value of ${name}`,
    value: text,
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      setText(event.currentTarget.value),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === "Escape") {
        close();
      }
    },
    description: text === "" && value !== "" ? "The property stays, without a value." : undefined,
    inputWrapperOrder: [
      "input",
      "description",
      "error",
    ] satisfies InputWrapperProps["inputWrapperOrder"],
    error: problem,
    autoFocus: true,
    style: { flex: 1 },
  };
  return (
    <form
      style={{ flex: 1, minWidth: 0 }}
      onSubmit={(event) => {
        event.preventDefault();
        if (text === value) {
          close();
        } else {
          change.mutate({ kind, name, value: text }, { onSuccess: close });
        }
      }}
    >
      <Group gap={4} wrap="nowrap" align="flex-start">
        {/* A field of one line would lose the ends of lines. */}
        {isLongText(value) ? (
          <Textarea {...field} autosize maxRows={10} />
        ) : (
          <TextInput {...field} />
        )}
        <ActionIcon
          type="submit"
          size={30}
          variant="filled"
          loading={change.isPending}
          aria-label="Save"
        >
          <IconCheck size={16} />
        </ActionIcon>
        <ActionIcon size={30} variant="default" onClick={close} aria-label="Cancel">
          <IconX size={16} />
        </ActionIcon>
      </Group>
    </form>
  );
}
