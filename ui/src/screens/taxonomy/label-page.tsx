/** One category label, or a new one. */

import { Badge, Card, ColorInput, Group, Stack, Text } from "@mantine/core";
import type { Definitions } from "@/api/definitions";
import { LabelMark } from "@/shared/labels";
import { GROUNDS, hardToSee } from "./contrast";
import { DefinitionEditor } from "./definition-editor";
import { DefinitionPage, NewDefinitionPage } from "./definition-page";
import { NameFields, UsedByCard } from "./fields";
import { LABEL_FORM, type LabelDraft } from "./forms";

type Label = Definitions["taxonomy/label"];

/** Each is seen on both themes. */
const SWATCHES = [
  "#d9532a",
  "#c2780c",
  "#7a8b1c",
  "#2f9e60",
  "#1c8fa0",
  "#3f7fd0",
  "#8a6ad0",
  "#c2559c",
  "#808790",
];

/** A label that is yet to be made. */
export function NewLabelScreen() {
  return (
    <NewDefinitionPage
      kind="taxonomy/label"
      lead="A name and a colour to sort definitions by: a season, a team, a feature."
    >
      <LabelEditor label={undefined} />
    </NewDefinitionPage>
  );
}

/** The label that the address names. */
export function LabelScreen() {
  return (
    <DefinitionPage
      kind="taxonomy/label"
      consequence="Games do not notice."
      editor={(label) => <LabelEditor key={label.id} label={label} />}
    />
  );
}

function LabelEditor({ label }: { label: Label | undefined }) {
  return (
    <DefinitionEditor
      form={LABEL_FORM}
      definition={label}
      fields={(props) => (
        <Stack>
          <NameFields {...props} allowed="Up to 64 characters, without a slash" />
          <ColorInput
            label="Colour"
            description={hardToSee(props.draft.colour) || "Of the dot before its name"}
            value={props.draft.colour}
            onChange={(colour) => props.onChange({ colour })}
            error={props.errors.colour}
            readOnly={!props.can.fields}
            format="hex"
            swatches={SWATCHES}
            swatchesPerRow={9}
            eyeDropperButtonProps={{ "aria-label": "Take a colour from the screen" }}
            maw={320}
          />
        </Stack>
      )}
      aside={(draft) => (
        <Stack>
          <Preview draft={draft} />
          <UsedByCard definition={label} />
        </Stack>
      )}
    />
  );
}

function Preview({ draft }: { draft: LabelDraft }) {
  return (
    <Card>
      <Text component="h2" fw={650} mb="xs">
        How it looks
      </Text>
      <Group gap={0}>
        {Object.entries(GROUNDS).map(([name, ground]) => (
          <div key={name} style={{ background: ground, padding: 16, flex: 1 }}>
            <Badge
              variant="outline"
              color="gray"
              size="sm"
              leftSection={<LabelMark colour={draft.colour} />}
              style={{ color: name === "light" ? "#000" : "#fff" }}
            >
              {draft.name || "Label"}
            </Badge>
          </div>
        ))}
      </Group>
    </Card>
  );
}
