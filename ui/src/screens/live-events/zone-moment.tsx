/** A field for a moment by the clocks of a zone of the live event's own. */

import { TextInput } from "@mantine/core";
import { clockZone } from "./draft";
import { aheadOf, momentOf, offsetText, shownText } from "./zone-time";

/** `value` is seconds since the epoch as text; `zone` an IANA name or an offset, empty for UTC. */
export function ZoneMoment({
  label,
  value,
  onChange,
  zone,
  playerLocal,
  error,
  readOnly,
  required,
}: {
  label: string;
  value: string;
  onChange: (seconds: string) => void;
  zone: string;
  playerLocal: boolean;
  error: string | undefined;
  readOnly: boolean;
  required?: boolean;
}) {
  const clock = clockZone({ zone, playerLocal });
  return (
    <TextInput
      type="datetime-local"
      step={60}
      label={label}
      description={
        playerLocal
          ? "By the player’s own clock"
          : zoneWords(clock, Number(value) || Date.now() / 1000)
      }
      value={shownText(value, clock)}
      onChange={(event) => onChange(momentOf(event.currentTarget.value, clock))}
      error={error}
      readOnly={readOnly}
      required={required}
    />
  );
}

function zoneWords(zone: string, seconds: number): string {
  return zone === "" || zone === "UTC"
    ? "In UTC"
    : `In ${zone}${/^[+-]/.test(zone) ? "" : ` (${offsetText(aheadOf(zone, seconds))} then)`}`;
}
