/** One property of players, or a new one. */

import { Card, Stack, Text } from "@mantine/core";
import type { Definitions } from "@/api/definitions";
import { JsonView } from "@/shared/code";
import { DefinitionEditor } from "./definition-editor";
import { DefinitionPage, NewDefinitionPage } from "./definition-page";
import { LabelsField, NameFields, UsedByCard, ValueTypeField } from "./fields";
import { PROPERTY_FORM, type PropertyDraft } from "./forms";
import { isLocked } from "./kinds";

type Property = Definitions["taxonomy/property"];

/** A property that is yet to be declared. */
export function NewPropertyScreen() {
  return (
    <NewDefinitionPage
      kind="taxonomy/property"
      lead="Something that the game tells of a player. From the moment it is declared, games may send it."
    >
      <PropertyEditor property={undefined} />
    </NewDefinitionPage>
  );
}

/** The property that the address names. */
export function PropertyScreen() {
  return (
    <DefinitionPage
      kind="taxonomy/property"
      consequence="Games that send it are refused from then on; what players have of it stays."
      editor={(property) => <PropertyEditor key={property.id} property={property} />}
    />
  );
}

function PropertyEditor({ property }: { property: Property | undefined }) {
  return (
    <DefinitionEditor
      form={PROPERTY_FORM}
      definition={property}
      fields={(props) => (
        <Stack>
          <NameFields
            {...props}
            allowed="What games send. Letters, digits, _ . : and -, beginning with a letter"
          />
          <LabelsField {...props} />
          <ValueTypeField
            label="Type"
            types={["string", "numeric"]}
            value={props.draft.value_type}
            onChange={(value_type) => props.onChange({ value_type })}
            error={props.errors.value_type}
            disabled={!props.can.fields}
          />
        </Stack>
      )}
      aside={(draft) => (
        <Stack>
          <Example draft={draft} isDefault={property !== undefined && isLocked(property)} />
          <UsedByCard definition={property} />
        </Stack>
      )}
    />
  );
}

function Example({ draft, isDefault }: { draft: PropertyDraft; isDefault: boolean }) {
  const group = isDefault ? "default" : "custom";
  const value = draft.value_type === "numeric" ? "42" : "a text";
  return (
    <Card>
      <Text component="h2" fw={650} mb={4}>
        How games send it
      </Text>
      <Text size="sm" c="dimmed" mb="xs">
        To <code>PUT /v1/properties</code>, under <code>{group}</code>. Values travel as texts.
      </Text>
      <JsonView label="Example" value={{ [group]: { [draft.name || "name"]: value } }} />
    </Card>
  );
}
