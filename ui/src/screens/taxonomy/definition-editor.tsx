/** An editor of one definition: its fields at the left, what they mean at the right, and saving. */

import { Alert, Box, Grid, Stack } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { type Definitions, KINDS } from "@/api/definitions";
import { useMay } from "@/session/session";
import { NewerVersion } from "@/shared/newer-version";
import { SaveBar } from "@/shared/saving/save-bar";
import { type Editable, editable, type Form } from "./forms";
import { addressOf, isLocked, lockedBecause, type TaxonomyKind } from "./kinds";
import { useEditing } from "./use-editing";

export interface FieldsProps<D> {
  draft: D;
  onChange: (changes: Partial<D>) => void;
  errors: Record<string, string>;
  can: Editable;
}

export function DefinitionEditor<K extends TaxonomyKind, D extends object>({
  form,
  definition,
  fields,
  aside,
}: {
  form: Form<K, D>;
  /** The one that is edited; absent for a new one. */
  definition: Definitions[K] | undefined;
  fields: (props: FieldsProps<D>) => ReactNode;
  /** What stands beside the fields. */
  aside: (draft: D) => ReactNode;
}) {
  const { kind } = form;
  const { one } = KINDS[kind];
  const navigate = useNavigate();
  const queries = useQueryClient();
  const mayWrite = useMay("taxonomy", "write");
  const mayDraft = useMay("change_set", "write");
  const editing = useEditing(form, definition);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [isRefused, setIsRefused] = useState(false);
  const { draft, base, changed, dirty, newer } = editing;
  const reset = () => {
    editing.reset();
    setErrors({});
    setIsRefused(false);
  };
  const can = editable(definition, mayWrite || mayDraft);
  return (
    <Stack gap="lg">
      {definition && isLocked(definition) && (
        <Alert variant="default" icon={<IconLock />} title={`This ${one} comes with the server`}>
          {lockedBecause(definition, one)}
        </Alert>
      )}
      {newer && (
        <NewerVersion
          one={one}
          fields={newer.fields}
          mine={Object.keys(changed)}
          isUrgent={isRefused}
          onTake={reset}
          onKeep={() => {
            setIsRefused(false);
            editing.keepMine();
          }}
        />
      )}
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Box maw={760}>{fields({ draft, onChange: editing.onChange, errors, can })}</Box>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>{aside(draft)}</Grid.Col>
      </Grid>
      <SaveBar
        kind={kind}
        current={base}
        fields={base ? changed : form.fieldsOf(draft)}
        dirty={dirty}
        problem={dirty ? form.problemOf(draft) : ""}
        onDiscard={reset}
        onFieldErrors={setErrors}
        onConflict={() => {
          setIsRefused(true);
          void queries.invalidateQueries({ queryKey: ["definitions", kind] });
        }}
        onSaved={(saved) => {
          reset();
          if (saved.name !== definition?.name) {
            void navigate({ to: addressOf(kind, saved) });
          }
        }}
      />
    </Stack>
  );
}
