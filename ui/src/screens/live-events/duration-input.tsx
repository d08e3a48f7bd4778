/** A field for a length of time: a number and its unit. */

import { Group, Input, NumberInput, Select } from "@mantine/core";
import { useState } from "react";

const UNITS = [
  { value: "86400", label: "days" },
  { value: "3600", label: "hours" },
  { value: "60", label: "minutes" },
];

/** The largest unit in which a length is a whole number. */
function unitOf(seconds: number): string {
  return UNITS.find(({ value }) => seconds > 0 && seconds % Number(value) === 0)?.value ?? "60";
}

export function DurationInput({
  label,
  description,
  value,
  onChange,
  error,
  readOnly,
}: {
  label: string;
  description: string;
  value: number;
  onChange: (seconds: number) => void;
  error: string | undefined;
  readOnly: boolean;
}) {
  const [unit, setUnit] = useState(() => unitOf(value));
  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div">
      <Group gap="xs" wrap="nowrap" mt={4}>
        <NumberInput
          aria-label={label}
          value={value / Number(unit)}
          onChange={(number) => onChange(Math.round((Number(number) || 0) * Number(unit)))}
          min={0}
          decimalScale={2}
          readOnly={readOnly}
          w={110}
          error={Boolean(error)}
        />
        <Select
          aria-label={`${label}: unit`}
          data={UNITS}
          value={unit}
          onChange={(next) => {
            if (next) {
              onChange(Math.round((value / Number(unit)) * Number(next)));
              setUnit(next);
            }
          }}
          allowDeselect={false}
          readOnly={readOnly}
          w={120}
        />
      </Group>
    </Input.Wrapper>
  );
}
