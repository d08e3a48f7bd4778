/** Conditions on what the player did. */

import { Button } from "@mantine/core";
import type { FieldsProps } from "./clause-fields";
import { Choice, DurationField, NameField, ShortText, Word } from "./fields";
import type { EventClause, Measure, NumberOperator, SequenceClause } from "./form";

const MEASURES: { value: Measure; label: string }[] = [
  { value: "EventCount", label: "Number of events" },
  { value: "EventSum", label: "Sum of values" },
  { value: "EventDays", label: "Days with event" },
];

export const NUMBER_OPERATORS: { value: NumberOperator; label: string }[] = [
  { value: ">=", label: "at least" },
  { value: ">", label: "more than" },
  { value: "<=", label: "at most" },
  { value: "<", label: "less than" },
  { value: "==", label: "exactly" },
  { value: "!=", label: "not" },
];

export function EventFields({ clause, onChange, names, readOnly }: FieldsProps<EventClause>) {
  const mayAsk = clause.measure !== "EventDays";
  return (
    <>
      <Choice
        label="What is counted"
        data={MEASURES}
        value={clause.measure}
        onChange={(measure) =>
          onChange({
            ...clause,
            measure,
            condition: measure === "EventDays" ? "" : clause.condition,
          })
        }
        readOnly={readOnly}
        width={158}
      />
      <NameField
        label="Event"
        names={names.events}
        value={clause.event}
        onChange={(event) => onChange({ ...clause, event })}
        readOnly={readOnly}
        width={190}
      />
      <Word>in the last</Word>
      <DurationField
        label="Window"
        value={clause.window}
        onChange={(window) => onChange({ ...clause, window })}
        readOnly={readOnly}
      />
      <Word>is</Word>
      <Choice
        label="Comparison"
        data={NUMBER_OPERATORS}
        value={clause.operator}
        onChange={(operator) => onChange({ ...clause, operator })}
        readOnly={readOnly}
        width={110}
      />
      <ShortText
        label="Value"
        value={clause.value}
        onChange={(value) => onChange({ ...clause, value })}
        readOnly={readOnly}
        isNumber
        width={84}
      />
      {mayAsk &&
        (clause.condition ? (
          <>
            <Word>of those where</Word>
            <ShortText
              label="Condition on each event"
              value={clause.condition}
              onChange={(condition) => onChange({ ...clause, condition })}
              readOnly={readOnly}
              width={260}
              placeholder='.metadata.sku == "pack"'
            />
          </>
        ) : (
          !readOnly && (
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() => onChange({ ...clause, condition: ".value > 0" })}
            >
              Only some of them
            </Button>
          )
        ))}
    </>
  );
}

export function SequenceFields({ clause, onChange, names, readOnly }: FieldsProps<SequenceClause>) {
  return (
    <>
      <Choice
        label="Whether it happened"
        data={[
          { value: "yes", label: "Did" },
          { value: "no", label: "Did not" },
        ]}
        value={clause.happened ? "yes" : "no"}
        onChange={(happened) => onChange({ ...clause, happened: happened === "yes" })}
        readOnly={readOnly}
        width={90}
      />
      <NameField
        label="First event"
        names={names.events}
        value={clause.first}
        onChange={(first) => onChange({ ...clause, first })}
        readOnly={readOnly}
        width={180}
      />
      <Word>and then</Word>
      <NameField
        label="Second event"
        names={names.events}
        value={clause.second}
        onChange={(second) => onChange({ ...clause, second })}
        readOnly={readOnly}
        width={180}
      />
      <Word>within</Word>
      <DurationField
        label="Time between"
        value={clause.window}
        onChange={(window) => onChange({ ...clause, window })}
        readOnly={readOnly}
      />
    </>
  );
}
