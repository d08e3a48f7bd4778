/** The fields of one condition, as a sentence. */

import { Code, Group, Text } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { MomentInput } from "@/shared/moment-input";
import { EventFields, SequenceFields } from "./event-fields";
import { Choice, DurationField, NameField, PropertyField, ShortText, Word } from "./fields";
import type { AgeClause, Clause, DateClause, GroupClause, SampleClause } from "./form";
import { PropertyFields } from "./property-fields";
import type { Names } from "./use-names";

export interface FieldsProps<C extends Clause> {
  clause: C;
  onChange: (clause: Clause) => void;
  names: Names;
  readOnly: boolean;
}

export function ClauseFields(props: FieldsProps<Exclude<Clause, GroupClause>>) {
  const { clause, onChange, names, readOnly } = props;
  switch (clause.type) {
    case "number":
    case "text":
    case "boolean":
    case "presence":
    case "version":
      return <PropertyFields {...props} clause={clause} />;
    case "age":
      return <AgeFields {...props} clause={clause} />;
    case "date":
      return <DateFields {...props} clause={clause} />;
    case "event":
      return <EventFields {...props} clause={clause} />;
    case "sequence":
      return <SequenceFields {...props} clause={clause} />;
    case "audience":
      return (
        <>
          <Choice
            label="Membership"
            data={[
              { value: "in", label: "Is in audience" },
              { value: "out", label: "Is not in audience" },
            ]}
            value={clause.member ? "in" : "out"}
            onChange={(member) => onChange({ ...clause, member: member === "in" })}
            readOnly={readOnly}
            width={160}
          />
          <NameField
            label="Audience"
            names={names.audiences}
            value={clause.name}
            onChange={(name) => onChange({ ...clause, name })}
            readOnly={readOnly}
          />
        </>
      );
    case "sample":
      return <SampleFields {...props} clause={clause} />;
    case "raw":
      return (
        <div style={{ minWidth: 0 }}>
          <Group gap={4}>
            <IconPencil size={14} aria-hidden />
            <Text size="xs" c="dimmed">
              Written by hand: the text view edits it
            </Text>
          </Group>
          <Code block mt={4} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {clause.text}
          </Code>
        </div>
      );
  }
}

const AGES: { value: AgeClause["operator"]; label: string }[] = [
  { value: "<", label: "less than" },
  { value: "<=", label: "at most" },
  { value: ">", label: "more than" },
  { value: ">=", label: "at least" },
];
const DATES: { value: DateClause["operator"]; label: string }[] = [
  { value: ">=", label: "at or after" },
  { value: ">", label: "after" },
  { value: "<=", label: "at or before" },
  { value: "<", label: "before" },
];
const MOMENTS = [
  { value: "createTime", label: "First seen" },
  { value: "updateTime", label: "Last active" },
  { value: "event", label: "Last event" },
  { value: "property", label: "Time in property" },
] as const;
const TIME_PROPERTIES = /Seen(First|Last)$|Time|At$|Date|^firstOpen$/i;

function AgeFields({ clause, onChange, names, readOnly }: FieldsProps<AgeClause>) {
  const { moment } = clause;
  return (
    <>
      <Choice
        label="Moment"
        data={MOMENTS}
        value={moment.of === "variable" ? moment.name : moment.of}
        onChange={(of) =>
          onChange({
            ...clause,
            moment:
              of === "event"
                ? { of, event: "" }
                : of === "property"
                  ? { of, source: "PropertiesComputed", name: "", missing: "0" }
                  : { of: "variable", name: of },
          })
        }
        readOnly={readOnly}
      />
      {moment.of === "event" && (
        <NameField
          label="Event"
          names={names.events}
          value={moment.event}
          onChange={(event) => onChange({ ...clause, moment: { ...moment, event } })}
          readOnly={readOnly}
        />
      )}
      {moment.of === "property" && (
        <PropertyField
          value={moment}
          onChange={(ref) => onChange({ ...clause, moment: { ...moment, ...ref } })}
          names={names}
          readOnly={readOnly}
          only={TIME_PROPERTIES}
        />
      )}
      <Choice
        label="Comparison"
        data={AGES}
        value={clause.operator}
        onChange={(operator) => onChange({ ...clause, operator })}
        readOnly={readOnly}
        width={116}
      />
      <DurationField
        label="Duration"
        value={clause.duration}
        onChange={(duration) => onChange({ ...clause, duration })}
        readOnly={readOnly}
      />
      <Word>ago</Word>
      {moment.of === "variable" && !readOnly && (
        <DateInstead
          onClick={() =>
            onChange({
              type: "date",
              name: moment.name,
              operator: ">=",
              seconds: "",
              comments: clause.comments,
            })
          }
        />
      )}
    </>
  );
}

function DateInstead({ onClick }: { onClick: () => void }) {
  return (
    <Text
      component="button"
      type="button"
      size="xs"
      td="underline"
      onClick={onClick}
      style={{ background: "none", border: 0, cursor: "pointer" }}
      c="var(--mantine-color-anchor)"
    >
      Use a date
    </Text>
  );
}

function DateFields({ clause, onChange, readOnly }: FieldsProps<DateClause>) {
  return (
    <Group gap={6} align="flex-end">
      <Choice
        label="Moment"
        data={MOMENTS.slice(0, 2) as { value: DateClause["name"]; label: string }[]}
        value={clause.name}
        onChange={(name) => onChange({ ...clause, name })}
        readOnly={readOnly}
      />
      <Choice
        label="Comparison"
        data={DATES}
        value={clause.operator}
        onChange={(operator) => onChange({ ...clause, operator })}
        readOnly={readOnly}
        width={116}
      />
      <MomentInput
        label="Date"
        value={clause.seconds}
        onChange={(seconds) => onChange({ ...clause, seconds })}
        readOnly={readOnly}
      />
    </Group>
  );
}

function SampleFields({ clause, onChange, readOnly }: FieldsProps<SampleClause>) {
  return (
    <>
      <Choice
        label="Share"
        data={[
          { value: "in", label: "Is in" },
          { value: "out", label: "Is not in" },
        ]}
        value={clause.inside ? "in" : "out"}
        onChange={(inside) => onChange({ ...clause, inside: inside === "in" })}
        readOnly={readOnly}
        width={110}
      />
      <ShortText
        label="Percent of players"
        value={clause.percent}
        onChange={(percent) => onChange({ ...clause, percent })}
        readOnly={readOnly}
        isNumber
        width={64}
      />
      <Word>% of players, drawn as</Word>
      <ShortText
        label="Name of the draw"
        value={clause.salt}
        onChange={(salt) => onChange({ ...clause, salt })}
        readOnly={readOnly}
        placeholder="everywhere else"
        width={140}
      />
    </>
  );
}
