/** The definition that is about to be declared, beside what it would accept. */

import { Card, Grid, SegmentedControl, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Definitions } from "@/api/definitions";
import { ValidatorField, ValueTypeField } from "../fields";
import { SchemaEditor } from "../schema-editor";
import { DeclareRun } from "./declare-run";
import { type MetadataCheck, type Plan, planOf } from "./plan";
import type { Proposed } from "./queries";

const CHECKS: { value: MetadataCheck; label: string }[] = [
  { value: "schema", label: "Schema of its own" },
  { value: "validator", label: "A validator" },
  { value: "none", label: "Anything" },
];

export function DeclareForm({
  proposed,
  existing,
}: {
  proposed: Proposed;
  existing: Definitions["taxonomy/event"] | undefined;
}) {
  const [plan, setPlan] = useState<Plan>(() => planOf(proposed, existing));
  const [isFixed, setIsFixed] = useState(false);
  const onChange = (changes: Partial<Plan>) => setPlan((before) => ({ ...before, ...changes }));
  return (
    <Grid gap="xl">
      <Grid.Col span={{ base: 12, lg: 7 }}>
        <fieldset
          disabled={isFixed}
          style={{ border: 0, margin: 0, padding: 0, minWidth: 0, maxWidth: 760 }}
        >
          <Stack>
            <Textarea
              label="Description"
              description="For your team; games do not see it"
              value={plan.description}
              onChange={(event) => onChange({ description: event.currentTarget.value })}
              maxLength={2000}
              autosize
              minRows={1}
            />
            <ValueTypeField
              label="Value"
              types={["any", "string", "numeric"]}
              value={plan.valueType}
              onChange={(valueType) => onChange({ valueType })}
              error={undefined}
              disabled={isFixed}
            />
            <Samples values={proposed.sample_values} />
            <ValidatorField
              label="Value validator"
              description="A JSON Schema that the value must fit; it may always be left out"
              value={plan.valueValidator}
              onChange={(valueValidator) => onChange({ valueValidator })}
              error={undefined}
              readOnly={isFixed}
            />
            <MetadataFields plan={plan} onChange={onChange} isFixed={isFixed} />
          </Stack>
        </fieldset>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 5 }}>
        <DeclareRun plan={plan} seen={proposed.events} onBegin={setIsFixed} />
      </Grid.Col>
    </Grid>
  );
}

function Samples({ values }: { values: readonly string[] }) {
  return values.length === 0 ? null : (
    <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
      The commonest values: {values.map((value) => `“${value.slice(0, 60)}”`).join(", ")}
    </Text>
  );
}

function MetadataFields({
  plan,
  onChange,
  isFixed,
}: {
  plan: Plan;
  onChange: (changes: Partial<Plan>) => void;
  isFixed: boolean;
}) {
  return (
    <Card>
      <Stack>
        <div>
          <Text component="h2" fw={650} mb="xs">
            Metadata
          </Text>
          <SegmentedControl
            aria-label="What metadata must fit"
            data={CHECKS}
            value={plan.metadata}
            onChange={(metadata) => onChange({ metadata: metadata as MetadataCheck })}
            disabled={isFixed}
          />
        </div>
        {plan.metadata === "schema" && (
          <>
            <TextInput
              label="Name of the validator"
              description="It is made, or changed if there is one of this name"
              value={plan.validatorName}
              onChange={(event) => onChange({ validatorName: event.currentTarget.value })}
              required
              autoComplete="off"
              spellCheck={false}
            />
            <SchemaEditor
              label="Schema"
              description="What the metadata must fit; texts that spell numbers count as numbers"
              value={plan.schema}
              onChange={(schema) => onChange({ schema })}
              error={undefined}
              readOnly={isFixed}
              minHeight={200}
            />
          </>
        )}
        {plan.metadata === "validator" && (
          <ValidatorField
            label="Metadata validator"
            description="A JSON Schema that the metadata, an object of texts, must fit"
            value={plan.validatorName}
            onChange={(validatorName) => onChange({ validatorName })}
            error={undefined}
            readOnly={isFixed}
          />
        )}
        {plan.metadata === "none" && (
          <Text size="sm" c="dimmed">
            Whatever metadata comes with the event is accepted.
          </Text>
        )}
      </Stack>
    </Card>
  );
}
