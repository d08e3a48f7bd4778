/** Conditions on a property of the player, by the type that it is read as. */

import type { FieldsProps } from "./clause-fields";
import { readAs } from "./edit";
import { NUMBER_OPERATORS } from "./event-fields";
import { Choice, PropertyField, ShortText, Texts } from "./fields";
import type {
  BooleanClause,
  NumberClause,
  PresenceClause,
  PropertyRef,
  TextClause,
  TextOperator,
  VersionClause,
} from "./form";
import { typeOfRef } from "./use-names";

type PropertyClause = NumberClause | TextClause | BooleanClause | PresenceClause | VersionClause;

const TYPES: { value: PropertyClause["type"]; label: string }[] = [
  { value: "number", label: "as number" },
  { value: "text", label: "as text" },
  { value: "boolean", label: "as yes or no" },
  { value: "version", label: "as version" },
  { value: "presence", label: "is there" },
];

const TEXT_OPERATORS: { value: TextOperator; label: string }[] = [
  { value: "==", label: "is" },
  { value: "!=", label: "is not" },
  { value: "in", label: "is one of" },
  { value: "not in", label: "is none of" },
  { value: "contains", label: "contains" },
  { value: "not contains", label: "does not contain" },
  { value: "startsWith", label: "begins with" },
  { value: "not startsWith", label: "does not begin with" },
  { value: "endsWith", label: "ends with" },
  { value: "not endsWith", label: "does not end with" },
  { value: "matches", label: "matches pattern" },
  { value: "not matches", label: "does not match pattern" },
];

export function PropertyFields(props: FieldsProps<PropertyClause>) {
  const { clause, onChange, names, readOnly } = props;
  const choose = (ref: PropertyRef) => {
    const type = typeOfRef(ref, names.types);
    const isNumber = clause.type === "number";
    // Another type than the property has is a mistake, mostly; one may still say so.
    if (type === "string" && isNumber) {
      onChange({ ...readAs(clause, "text"), ...ref } as PropertyClause);
    } else if (type === "numeric" && !isNumber && clause.type !== "presence") {
      onChange({ ...readAs(clause, "number"), ...ref } as PropertyClause);
    } else {
      onChange({ ...clause, ...ref });
    }
  };
  return (
    <>
      <PropertyField value={clause} onChange={choose} names={names} readOnly={readOnly} />
      <Choice
        label="Read as"
        data={TYPES}
        value={clause.type}
        onChange={(type) => type !== clause.type && onChange(readAs(clause, type))}
        readOnly={readOnly}
        width={108}
      />
      <Comparison {...props} />
    </>
  );
}

function Comparison({ clause, onChange, readOnly }: FieldsProps<PropertyClause>) {
  switch (clause.type) {
    case "number":
      return (
        <>
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
            width={70}
          />
        </>
      );
    case "text":
      return <TextComparison clause={clause} onChange={onChange} readOnly={readOnly} />;
    case "boolean":
      return (
        <Choice
          label="Value"
          data={[
            { value: "yes", label: "is yes" },
            { value: "no", label: "is no" },
          ]}
          value={clause.value ? "yes" : "no"}
          onChange={(value) => onChange({ ...clause, value: value === "yes" })}
          readOnly={readOnly}
          width={100}
        />
      );
    case "presence":
      return (
        <Choice
          label="Whether it is there"
          data={[
            { value: "yes", label: "has a value" },
            { value: "no", label: "has no value" },
          ]}
          value={clause.present ? "yes" : "no"}
          onChange={(present) => onChange({ ...clause, present: present === "yes" })}
          readOnly={readOnly}
        />
      );
    case "version":
      return (
        <>
          <Choice
            label="Comparison"
            data={[
              { value: "in", label: "is in range" },
              { value: "out", label: "is not in range" },
            ]}
            value={clause.within ? "in" : "out"}
            onChange={(within) => onChange({ ...clause, within: within === "in" })}
            readOnly={readOnly}
          />
          <ShortText
            label="Range of versions"
            value={clause.range}
            onChange={(range) => onChange({ ...clause, range })}
            readOnly={readOnly}
            placeholder=">=2.0.0"
          />
        </>
      );
  }
}

function TextComparison({
  clause,
  onChange,
  readOnly,
}: {
  clause: TextClause;
  onChange: (clause: TextClause) => void;
  readOnly: boolean;
}) {
  const isList = clause.operator === "in" || clause.operator === "not in";
  return (
    <>
      <Choice
        label="Comparison"
        data={TEXT_OPERATORS}
        value={clause.operator}
        onChange={(operator) => {
          const wantsList = operator === "in" || operator === "not in";
          const values = wantsList
            ? clause.values.filter((value) => value !== "")
            : [clause.values[0] ?? ""];
          onChange({ ...clause, operator, values });
        }}
        readOnly={readOnly}
        width={164}
      />
      {isList ? (
        <Texts
          value={clause.values}
          onChange={(values) => onChange({ ...clause, values })}
          readOnly={readOnly}
        />
      ) : (
        <ShortText
          label="Value"
          value={clause.values[0] ?? ""}
          onChange={(value) => onChange({ ...clause, values: [value] })}
          readOnly={readOnly}
          width={160}
        />
      )}
    </>
  );
}
