/** A field for a moment that stands in a line with others. */

import { Group, Text, VisuallyHidden } from "@mantine/core";
import { DateTimePicker } from "@mantine/dates";
import { type ReactNode, useId } from "react";
import { useZone } from "@/shared/time";
import { fieldOfSeconds, secondsOfField } from "./as-of";

/** Chooses seconds since the epoch, or nothing, in the zone that times are shown in. */
export function TimePicker({
  label,
  hideLabel = false,
  placeholder,
  clear,
  value,
  onChange,
  icon,
  width,
  presets,
}: {
  label: string;
  hideLabel?: boolean;
  placeholder: string;
  /** What clearing the field means. */
  clear: string;
  value: number | null;
  onChange: (seconds: number | null) => void;
  icon?: ReactNode;
  width: number;
  /** Names of moments that are often wanted. */
  presets?: [string, number][];
}) {
  const [zone] = useZone();
  const id = useId();
  const words = (
    <Text size="sm" fw={600} id={`${id}-label`} component="span">
      {label}
    </Text>
  );
  return (
    <Group gap="sm" wrap="nowrap">
      {hideLabel ? <VisuallyHidden>{words}</VisuallyHidden> : words}
      <DateTimePicker
        id={id}
        // The field is a button: its name is the label with what it shows.
        aria-labelledby={`${id}-label ${id}`}
        // The calendar has the name of the field, found by this id.
        popoverProps={{ id }}
        placeholder={placeholder}
        value={fieldOfSeconds(value, zone)}
        onChange={(text) => onChange(secondsOfField(text, zone))}
        valueFormat={zone === "UTC" ? "D MMM YYYY, HH:mm [UTC]" : "D MMM YYYY, HH:mm"}
        leftSection={icon}
        clearable
        clearButtonProps={{ "aria-label": clear }}
        previousLabel="Month before"
        nextLabel="Month after"
        submitButtonProps={{ "aria-label": "Set this time" }}
        timePickerProps={{ hoursInputLabel: "Hours", minutesInputLabel: "Minutes" }}
        hideOutsideDates
        weekendDays={[]}
        w={width}
        presets={presets?.map(([name, seconds]) => ({
          label: name,
          value: fieldOfSeconds(seconds, zone) ?? "",
        }))}
      />
    </Group>
  );
}
