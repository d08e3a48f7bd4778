/** One event, or a new one. */

import { Card, Stack, Text } from "@mantine/core";
import type { Definitions } from "@/api/definitions";
import { useDefinition } from "@/api/definitions";
import { JsonView } from "@/shared/code";
import { TextLink } from "@/shared/page";
import { DefinitionEditor } from "./definition-editor";
import { DefinitionPage, NewDefinitionPage } from "./definition-page";
import { exampleEvent } from "./example";
import { LabelsField, NameFields, UsedByCard, ValidatorField, ValueTypeField } from "./fields";
import { EVENT_FORM, type EventDraft } from "./forms";

type EventDefinition = Definitions["taxonomy/event"];

/** An event that is yet to be declared. */
export function NewEventScreen() {
  return (
    <NewDefinitionPage
      kind="taxonomy/event"
      lead="Something that happens in the game. From the moment it is declared, games may send it."
    >
      <EventEditor event={undefined} />
    </NewDefinitionPage>
  );
}

/** The event that the address names. */
export function EventScreen() {
  return (
    <DefinitionPage
      kind="taxonomy/event"
      consequence="Games that send it are refused from then on; the refused events are kept. What was counted stays."
      editor={(event) => <EventEditor key={event.id} event={event} />}
    />
  );
}

function EventEditor({ event }: { event: EventDefinition | undefined }) {
  return (
    <DefinitionEditor
      form={EVENT_FORM}
      definition={event}
      fields={(props) => (
        <Stack>
          <NameFields
            {...props}
            allowed="What games send. Letters, digits, _ . : and -, beginning with a letter"
          />
          <LabelsField {...props} />
          <ValueTypeField
            label="Value"
            types={["any", "string", "numeric"]}
            value={props.draft.value_type}
            onChange={(value_type) => props.onChange({ value_type })}
            error={props.errors.value_type}
            disabled={!props.can.fields}
          />
          <ValidatorField
            label="Value validator"
            description="A JSON Schema that the value must fit; it may always be left out"
            value={props.draft.value_validator}
            onChange={(value_validator) => props.onChange({ value_validator })}
            error={props.errors.value_validator}
            readOnly={!props.can.fields}
          />
          <ValidatorField
            label="Metadata validator"
            description="A JSON Schema that the metadata, an object of texts, must fit"
            value={props.draft.metadata_validator}
            onChange={(metadata_validator) => props.onChange({ metadata_validator })}
            error={props.errors.metadata_validator}
            readOnly={!props.can.fields}
          />
        </Stack>
      )}
      aside={(draft) => (
        <Stack>
          <Example draft={draft} />
          <UsedByCard definition={event} />
          {event && <Refused name={event.name} />}
        </Stack>
      )}
    />
  );
}

function Example({ draft }: { draft: EventDraft }) {
  const value = useDefinition("taxonomy/validator", draft.value_validator);
  const metadata = useDefinition("taxonomy/validator", draft.metadata_validator);
  return (
    <Card>
      <Text component="h2" fw={650} mb={4}>
        How games send it
      </Text>
      <Text size="sm" c="dimmed" mb="xs">
        To <code>POST /v1/event</code>, under <code>events</code>. Values and metadata travel as
        texts.
      </Text>
      <JsonView
        label="Example"
        value={exampleEvent(draft, value.data?.schema, metadata.data?.schema)}
      />
    </Card>
  );
}

function Refused({ name }: { name: string }) {
  return (
    <Card>
      <Text component="h2" fw={650} mb={4}>
        Refused ones
      </Text>
      <Text size="sm">
        <TextLink to="/taxonomy/debugger" search={{ q: name }}>
          Refused events of this name
        </TextLink>
        {" · "}
        <TextLink to="/taxonomy/tail" search={{ name }}>
          As they come in
        </TextLink>
      </Text>
    </Card>
  );
}
