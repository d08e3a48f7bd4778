/** Small fields that conditions are made of. */

import { Group, Select, TagsInput, TextInput } from "@mantine/core";
import { useMemo } from "react";
import type { PropertyRef } from "./form";
import { type Names, refOfText, textOfRef } from "./use-names";

const SHOWN_MAX = 60;

/** A choice among few. */
export function Choice<V extends string>({
  label,
  data,
  value,
  onChange,
  readOnly,
  width = 150,
}: {
  label: string;
  data: readonly { value: V; label: string }[];
  value: V;
  onChange: (value: V) => void;
  readOnly: boolean;
  width?: number;
}) {
  return (
    <Select
      aria-label={label}
      data={[...data]}
      value={value}
      onChange={(next) => next !== null && onChange(next as V)}
      allowDeselect={false}
      readOnly={readOnly}
      size="xs"
      w={width}
    />
  );
}

/** A name among many; one that is not declared shows all the same. */
export function NameField({
  label,
  names,
  value,
  onChange,
  readOnly,
  width = 220,
}: {
  label: string;
  names: readonly string[];
  value: string;
  onChange: (name: string) => void;
  readOnly: boolean;
  width?: number;
}) {
  const data = useMemo(
    () => (value && !names.includes(value) ? [value, ...names] : [...names]),
    [names, value],
  );
  return (
    <Select
      aria-label={label}
      placeholder={label}
      data={data}
      value={value || null}
      onChange={(next) => next !== null && onChange(next)}
      allowDeselect={false}
      searchable
      limit={SHOWN_MAX}
      nothingFoundMessage="There is none of that name"
      readOnly={readOnly}
      error={!value}
      size="xs"
      w={width}
    />
  );
}

/** A property of the player, of any of the three sources. */
export function PropertyField({
  value,
  onChange,
  names,
  readOnly,
  only,
}: {
  value: PropertyRef;
  onChange: (ref: PropertyRef) => void;
  names: Names;
  readOnly: boolean;
  /** Only computed properties that end so. */
  only?: RegExp;
}) {
  const data = useMemo(() => {
    const group = (label: string, source: PropertyRef["source"], all: readonly string[]) => ({
      group: label,
      items: all
        .filter((name) => !only || only.test(name))
        .map((name) => ({ value: textOfRef({ source, name }), label: name })),
    });
    const groups = [
      group("Custom properties", "PropertiesCustom", names.custom),
      group("Default properties", "Properties", names.default),
      group("Computed from events", "PropertiesComputed", names.computed),
    ].filter((each) => each.items.length > 0);
    const known = groups.some((each) => each.items.some((item) => item.value === textOfRef(value)));
    const unknown = { value: textOfRef(value), label: value.name };
    return known || !value.name ? groups : [{ group: "Not declared", items: [unknown] }, ...groups];
  }, [names, value, only]);
  return (
    <Select
      aria-label="Property"
      placeholder="Property"
      data={data}
      value={value.name ? textOfRef(value) : null}
      onChange={(text) => text !== null && onChange(refOfText(text))}
      allowDeselect={false}
      searchable
      limit={SHOWN_MAX}
      nothingFoundMessage="There is none of that name"
      readOnly={readOnly}
      error={!value.name}
      size="xs"
      w={190}
    />
  );
}

/** A short text, or a number as it is written. */
export function ShortText({
  label,
  value,
  onChange,
  readOnly,
  width = 100,
  isNumber = false,
  placeholder,
}: {
  label: string;
  value: string;
  onChange: (text: string) => void;
  readOnly: boolean;
  width?: number;
  isNumber?: boolean;
  placeholder?: string;
}) {
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      readOnly={readOnly}
      inputMode={isNumber ? "decimal" : undefined}
      error={isNumber && !/^-?[0-9._a-fA-FxX]+$/.test(value)}
      size="xs"
      w={width}
    />
  );
}

const UNITS = [
  { value: "m", label: "minutes" },
  { value: "h", label: "hours" },
  { value: "d", label: "days" },
  { value: "w", label: "weeks" },
];

/** A length of time; one that is more than a number of one unit, such as `1d12h`, is a text. */
export function DurationField({
  label,
  value,
  onChange,
  readOnly,
}: {
  label: string;
  value: string;
  onChange: (duration: string) => void;
  readOnly: boolean;
}) {
  const simple = /^([0-9]*)([mhdw])$/.exec(value);
  if (!simple) {
    return <ShortText label={label} value={value} onChange={onChange} readOnly={readOnly} />;
  }
  const [, count = "", unit = "d"] = simple;
  return (
    <Group gap={4} wrap="nowrap">
      <TextInput
        aria-label={label}
        inputMode="numeric"
        value={count}
        onChange={(event) => onChange(event.currentTarget.value.replace(/[^0-9]/g, "") + unit)}
        error={!count}
        readOnly={readOnly}
        size="xs"
        w={56}
      />
      <Choice
        label={`Unit of ${label.toLowerCase()}`}
        data={UNITS}
        value={unit}
        onChange={(next) => onChange(count + next)}
        readOnly={readOnly}
        width={96}
      />
    </Group>
  );
}

export function Word({ children }: { children: string }) {
  return <span style={{ fontSize: "var(--mantine-font-size-sm)" }}>{children}</span>;
}

/** Several texts. */
export function Texts({
  value,
  onChange,
  readOnly,
}: {
  value: string[];
  onChange: (texts: string[]) => void;
  readOnly: boolean;
}) {
  return (
    <TagsInput
      aria-label="Values"
      placeholder={value.length ? "" : "Type one, then Enter"}
      value={value}
      onChange={onChange}
      readOnly={readOnly}
      splitChars={[",", ";"]}
      size="xs"
      miw={220}
      maw={420}
    />
  );
}
