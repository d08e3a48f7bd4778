/** What a live event is called, what it is for, and its data for games. */

import {
  ColorInput,
  Fieldset,
  Select,
  SimpleGrid,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useDefinitions } from "@/api/definitions";
import { LabelsInput } from "@/shared/labels";
import { useValidatorSchema } from "@/shared/use-validator";
import { ValueEditor } from "@/shared/value-editor/value-editor";
import { errorAt } from "./draft-problems";
import type { PartProps } from "./part-props";

const SWATCHES = ["#bb431d", "#b7791f", "#2f855a", "#2b6cb0", "#6b46c1", "#b83280", "#4a5568"];

export function WhatPart({ draft, onChange, errors, readOnly, onProblem }: PartProps) {
  const schema = useValidatorSchema(draft.validator);
  const validators = useDefinitions("taxonomy/validator");
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label="Name"
          description="Games read it. Letters, digits, spaces, . _ and -"
          value={draft.name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
          error={errors.name}
          readOnly={readOnly}
          required
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
        />
        <LabelsInput
          value={draft.labels}
          onChange={(labels) => onChange({ labels })}
          disabled={readOnly}
          error={errorAt(errors, "labels")}
        />
      </SimpleGrid>
      <Textarea
        label="Description"
        description="Games read it too: say it as players may see it"
        value={draft.description}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
        error={errors.description}
        readOnly={readOnly}
        maxLength={2000}
        autosize
        minRows={2}
      />
      <Select
        label="Validator"
        description="A JSON Schema that the value must fit; it makes the form below"
        data={(validators.data ?? []).map((validator) => validator.name)}
        value={draft.validator || null}
        onChange={(chosen) => onChange({ validator: chosen ?? "" })}
        error={errors.validator}
        readOnly={readOnly}
        placeholder="None: any value"
        searchable
        clearable
        maw={420}
      />
      <ValueEditor
        key={draft.validator}
        label="Value for games"
        schema={schema}
        value={draft.value}
        onChange={(value) => onChange({ value })}
        error={errors.value}
        readOnly={readOnly}
        onProblem={(problem) => onProblem("value", problem)}
      />
      <Fieldset legend="For your team">
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <ColorInput
            label="Colour"
            description="Its mark in the timeline and in lists"
            value={draft.color}
            onChange={(color) => onChange({ color })}
            error={errors.color}
            readOnly={readOnly}
            placeholder="None"
            swatches={SWATCHES}
            swatchesPerRow={7}
            popoverProps={{ withinPortal: true }}
            eyeDropperButtonProps={{ "aria-label": "Take a colour from the screen" }}
          />
          <TextInput
            label="Template"
            description="What it was made from, if anything"
            value={draft.template}
            onChange={(event) => onChange({ template: event.currentTarget.value })}
            error={errors.template}
            readOnly={readOnly}
            maxLength={64}
          />
          <TagsInput
            label="Metrics to watch"
            description="Names, Enter after each"
            value={draft.metrics}
            onChange={(metrics) => onChange({ metrics })}
            error={errorAt(errors, "metrics")}
            readOnly={readOnly}
            clearable
          />
        </SimpleGrid>
      </Fieldset>
    </Stack>
  );
}
