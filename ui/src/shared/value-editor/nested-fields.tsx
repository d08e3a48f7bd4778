/** Fields for what is made of other values: objects and arrays. */

import {
  ActionIcon,
  Button,
  Fieldset,
  Group,
  Stack,
  Text,
  TextInput,
  VisuallyHidden,
} from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import { FieldView } from "./field-view";
import { useForm, useProblem } from "./form-state";
import { addItem, addMember, removeAt, swapItems } from "./json-edit";
import type { FieldProps } from "./leaf-fields";
import { sampleOf } from "./sample";
import type { Field, Property, Schema } from "./schema-form";

/** Longer lists show their beginning first: what nobody looks at takes time to draw. */
const SHOWN = 30;
const icon = { size: 16, stroke: 1.7 };

/** The fields of an object, in the order of its text, and those that could be added. */
export function ObjectField({
  label,
  path,
  node,
  field,
}: FieldProps & { field: Extract<Field, { kind: "object" }> }) {
  const form = useForm();
  const known = new Map(field.properties.map((property) => [property.key, property]));
  const present = new Set(node.members.map((member) => member.key));
  const missing = field.properties.filter((property) => !present.has(property.key));
  const add = (key: string, schema: Schema) =>
    form.change(addMember(form.text, path, key, sampleOf(schema, form.root)));
  return (
    <Nest label={label} path={path} description={field.description} count={node.members.length}>
      {node.members.map((member) => {
        const property = known.get(member.key);
        const at = [...path, member.key];
        return (
          <Row
            key={member.key}
            remove={
              form.readOnly || property?.required
                ? undefined
                : () => form.change(removeAt(form.text, at))
            }
            removeLabel={`Take away ${member.key}`}
          >
            <FieldView
              name={member.key}
              path={at}
              node={member.value}
              schema={property?.schema ?? field.more ?? {}}
            />
          </Row>
        );
      })}
      {!form.readOnly && missing.length > 0 && (
        <Missing properties={missing} onAdd={({ key, schema }) => add(key, schema)} />
      )}
      {!form.readOnly && field.isOpen && (
        <NewKey taken={present} onAdd={(key) => add(key, field.more ?? {})} />
      )}
    </Nest>
  );
}

/** The items of an array, which can be moved, taken away and added to. */
export function ArrayField({
  label,
  path,
  node,
  field,
}: FieldProps & { field: Extract<Field, { kind: "array" }> }) {
  const form = useForm();
  const [shown, setShown] = useState(SHOWN);
  const count = node.items.length;
  const swap = (one: number, other: number) => form.change(swapItems(form.text, path, one, other));
  return (
    <Nest label={`${label} (${count})`} path={path} description={field.description} count={count}>
      {node.items.slice(0, shown).map((item, index) => (
        <Row
          // biome-ignore lint/suspicious/noArrayIndexKey: items have no other identity
          key={index}
          remove={
            form.readOnly || count <= field.least
              ? undefined
              : () => form.change(removeAt(form.text, [...path, index]))
          }
          removeLabel={`Take away item ${index + 1} of ${label}`}
          before={
            !form.readOnly && (
              <Moves
                what={`item ${index + 1} of ${label}`}
                up={index > 0 ? () => swap(index, index - 1) : undefined}
                down={index < count - 1 ? () => swap(index, index + 1) : undefined}
              />
            )
          }
        >
          <FieldView
            name={`${index + 1}`}
            path={[...path, index]}
            node={item}
            schema={field.items}
          />
        </Row>
      ))}
      {count > shown && (
        <Button variant="subtle" size="xs" onClick={() => setShown(shown + SHOWN)}>
          Show {Math.min(SHOWN, count - shown)} more of {count.toLocaleString("en")}
        </Button>
      )}
      {!form.readOnly && count < field.most && (
        <Group>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} />}
            onClick={() => {
              form.change(addItem(form.text, path, sampleOf(field.items, form.root)));
              setShown(Math.max(shown, count + 1));
            }}
          >
            Add to {label}
          </Button>
        </Group>
      )}
    </Nest>
  );
}

/** Two buttons that move something in its list. */
export function Moves({ what, up, down }: { what: string; up?: () => void; down?: () => void }) {
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Move ${what} up`}
        disabled={!up}
        onClick={up}
        bg={up ? undefined : "transparent"}
      >
        <IconArrowUp {...icon} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Move ${what} down`}
        disabled={!down}
        onClick={down}
        bg={down ? undefined : "transparent"}
      >
        <IconArrowDown {...icon} />
      </ActionIcon>
    </>
  );
}

function Nest({
  label,
  path,
  description,
  count,
  children,
}: {
  label: string;
  path: FieldProps["path"];
  description: string;
  /** How many entries there are. */
  count: number;
  children: ReactNode;
}) {
  const problem = useProblem(path);
  const entries = useRef<HTMLDivElement>(null);
  useFollowingFocus(entries, count);
  return (
    <Fieldset
      legend={path.length === 0 ? <VisuallyHidden>{label}</VisuallyHidden> : label}
      variant={path.length === 0 ? "unstyled" : "default"}
      p={path.length === 0 ? 0 : "sm"}
      m={0}
    >
      <Stack gap="sm" ref={entries} tabIndex={-1}>
        {description && (
          <Text size="xs" c="dimmed">
            {description}
          </Text>
        )}
        {children}
        {problem && (
          <Text size="sm" c="red" role="alert">
            {problem}
          </Text>
        )}
      </Stack>
    </Fieldset>
  );
}

/** Takes the focus to what was added, and keeps it near what was taken away. */
function useFollowingFocus(entries: RefObject<HTMLDivElement | null>, count: number): void {
  const before = useRef(count);
  useEffect(() => {
    const grown = count - before.current;
    before.current = count;
    if (grown > 0) {
      const rows = entries.current?.querySelectorAll<HTMLElement>(":scope > [data-entry]");
      [...(rows ?? [])].at(-1)?.querySelector<HTMLElement>("input, textarea, button")?.focus();
    } else if (grown < 0) {
      entries.current?.focus();
    }
  }, [entries, count]);
}

function Row({
  children,
  before,
  remove,
  removeLabel,
}: {
  children: ReactNode;
  before?: ReactNode;
  remove?: () => void;
  removeLabel: string;
}) {
  return (
    <Group gap={6} align="flex-start" wrap="nowrap" data-entry>
      <div style={{ flex: 1, minWidth: 0 }}>{children}</div>
      <Group gap={0} wrap="nowrap">
        {before}
        {remove && (
          <ActionIcon variant="subtle" color="gray" aria-label={removeLabel} onClick={remove}>
            <IconTrash {...icon} />
          </ActionIcon>
        )}
      </Group>
    </Group>
  );
}

function Missing({
  properties,
  onAdd,
}: {
  properties: readonly Property[];
  onAdd: (property: Property) => void;
}) {
  return (
    <Group gap={6} aria-label="What could be added" role="group">
      {properties.map((property) => (
        <Button
          key={property.key}
          size="compact-xs"
          variant={property.required ? "light" : "default"}
          color={property.required ? "red" : undefined}
          leftSection={<IconPlus size={12} />}
          onClick={() => onAdd(property)}
        >
          {property.key}
          {property.required && " (required)"}
        </Button>
      ))}
    </Group>
  );
}

function NewKey({ taken, onAdd }: { taken: ReadonlySet<string>; onAdd: (key: string) => void }) {
  const [key, setKey] = useState("");
  const isTaken = taken.has(key);
  const add = () => {
    if (key && !isTaken) {
      onAdd(key);
      setKey("");
    }
  };
  return (
    <Group gap={6} align="flex-start">
      <TextInput
        size="xs"
        aria-label="A new key"
        placeholder="Another key"
        value={key}
        error={isTaken ? "That key is there already" : undefined}
        onChange={(event) => setKey(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            add();
          }
        }}
      />
      <Button size="xs" variant="default" onClick={add} disabled={!key || isTaken}>
        Add key
      </Button>
    </Group>
  );
}
