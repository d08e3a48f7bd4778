/** One validator, or a new one. */

import { Stack } from "@mantine/core";
import type { Definitions } from "@/api/definitions";
import { DefinitionEditor } from "./definition-editor";
import { DefinitionPage, NewDefinitionPage } from "./definition-page";
import { LabelsField, NameFields, UsedByCard } from "./fields";
import { VALIDATOR_FORM } from "./forms";
import { SchemaEditor } from "./schema-editor";
import { SchemaTrial } from "./schema-trial";

type Validator = Definitions["taxonomy/validator"];

/** A validator that is yet to be made. */
export function NewValidatorScreen() {
  return (
    <NewDefinitionPage
      kind="taxonomy/validator"
      lead="A JSON Schema with a name. Events, flags and other validators refer to it by that name."
    >
      <ValidatorEditor validator={undefined} />
    </NewDefinitionPage>
  );
}

/** The validator that the address names. */
export function ValidatorScreen() {
  return (
    <DefinitionPage
      kind="taxonomy/validator"
      consequence="Nothing refers to it, so games do not notice."
      editor={(validator) => <ValidatorEditor key={validator.id} validator={validator} />}
    />
  );
}

function ValidatorEditor({ validator }: { validator: Validator | undefined }) {
  return (
    <DefinitionEditor
      form={VALIDATOR_FORM}
      definition={validator}
      fields={(props) => (
        <Stack>
          <NameFields
            {...props}
            allowed="Letters, digits, _ . and -, beginning with a letter; up to 64"
          />
          <LabelsField {...props} />
          <SchemaEditor
            label="Schema"
            description='JSON Schema 2020-12. {"$ref": "Name"} takes another validator in; nothing is fetched.'
            value={props.draft.schema}
            onChange={(schema) => props.onChange({ schema })}
            error={schemaError(props.errors)}
            readOnly={!props.can.fields}
          />
        </Stack>
      )}
      aside={(draft) => (
        <Stack>
          <SchemaTrial schema={draft.schema} />
          <UsedByCard definition={validator} />
        </Stack>
      )}
    />
  );
}

/** What the server said of the schema or of a part of it. */
function schemaError(errors: Record<string, string>): string | undefined {
  const field = Object.keys(errors).find((each) => each.startsWith("schema"));
  return field === undefined ? undefined : `${field}: ${errors[field]}`;
}
