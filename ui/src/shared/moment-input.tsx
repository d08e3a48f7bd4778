/** A field for a moment, in the zone that times are shown in. */

import { TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { fieldText, secondsText, zoneWords } from "./moment-text";
import { dateOf, formatTime, useZone } from "./time";

/** `value` is seconds since the epoch as text; empty for none. The other zone stands below. */
export function MomentInput({
  label,
  value,
  onChange,
  error,
  readOnly,
  required,
}: {
  label: string;
  value: string;
  onChange: (seconds: string) => void;
  error?: ReactNode;
  readOnly?: boolean;
  required?: boolean;
}) {
  const [zone] = useZone();
  const date = dateOf(value);
  const other = zone === "UTC" ? "local" : "UTC";
  const also = date ? `: ${formatTime(date, other)}${other === "UTC" ? "" : " your time"}` : "";
  return (
    <TextInput
      type="datetime-local"
      step={60}
      label={label}
      description={`In ${zoneWords(zone, date ?? new Date())}${also}`}
      value={fieldText(value, zone)}
      onChange={(event) => onChange(secondsText(event.currentTarget.value, zone))}
      error={error}
      readOnly={readOnly}
      required={required}
      maw={340}
    />
  );
}
