/** Fields for time zones, by name or offset. */

import { Autocomplete, MultiSelect } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { isZone, zoneNames } from "./zone-time";

const SHOWN_MAX = 50;
const NAMES = zoneNames();
const NOT_KNOWN = "Not a time zone: choose one by its name, or write an offset such as +03:00";

/** One zone; it is taken over once it is one. `value` empty is UTC. */
export function ZoneInput({
  label,
  description,
  value,
  onChange,
  error,
  readOnly,
  emptyText = "UTC",
  placeholder,
}: {
  label: string;
  description?: ReactNode;
  value: string;
  onChange: (zone: string) => void;
  error: string | undefined;
  readOnly: boolean;
  /** What stands for an empty value; where it is empty itself, the field can be cleared. */
  emptyText?: string;
  placeholder?: string;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <Autocomplete
      label={label}
      description={description}
      data={NAMES}
      limit={SHOWN_MAX}
      value={typed ?? (value || emptyText)}
      onChange={(text) => {
        const zone = text.trim();
        const isKnown = zone === "" ? emptyText === "" : isZone(zone);
        setTyped(isKnown ? null : text);
        if (isKnown) {
          onChange(zone === emptyText ? "" : zone);
        }
      }}
      onBlur={() => setTyped(null)}
      error={error ?? (typed?.trim() ? NOT_KNOWN : undefined)}
      readOnly={readOnly}
      placeholder={placeholder}
      clearable={emptyText === ""}
      maw={340}
    />
  );
}

/** Several zones to look at side by side. */
export function ZonesInput({
  value,
  onChange,
  max,
}: {
  value: string[];
  onChange: (zones: string[]) => void;
  max: number;
}) {
  return (
    <MultiSelect
      label="As players see it in"
      data={[...new Set([...NAMES, ...value])]}
      limit={SHOWN_MAX}
      maxValues={max}
      value={value}
      onChange={onChange}
      searchable
      clearable
      hidePickedOptions
      placeholder={value.length === 0 ? "Choose time zones" : ""}
      nothingFoundMessage="No time zone has that name"
    />
  );
}
