/** What is said of an audience, edited and saved: at the left the fields, at the right whom it has. */

import { Alert, Grid, SimpleGrid, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { IconHistory, IconKey } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { Definitions } from "@/api/definitions";
import { useMay } from "@/session/session";
import { LabelsInput } from "@/shared/labels";
import { NewerVersion } from "@/shared/newer-version";
import { SaveBar } from "@/shared/saving/save-bar";
import {
  type AudienceDraft,
  changedFields,
  draftOf,
  EMPTY_DRAFT,
  problemOf,
  rebased,
} from "./draft";
import { FilterEditor } from "./filter/filter-editor";
import { useFilterCheck } from "./filter/use-check";
import { PreviewPanel } from "./preview-panel";

type Audience = Definitions["audience"];

interface Edit {
  draft: AudienceDraft;
  base: Audience | undefined;
}

function isDirty(edit: Edit | null): edit is Edit {
  return edit !== null && Object.keys(changedFields(edit.draft, draftOf(edit.base))).length > 0;
}

export function AudienceEditor({
  audience,
  hidden = false,
}: {
  audience: Audience | undefined;
  /** Another tab is shown; what is edited waits. */
  hidden?: boolean;
}) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const mayWrite = useMay("audience", "write");
  const mayDraft = useMay("change_set", "write");
  const stored = useMemo(() => draftOf(audience), [audience]);
  const [edited, setEdited] = useState<Edit | null>(null);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [isRefused, setIsRefused] = useState(false);
  // What others save meanwhile does not go under what is edited here: saving then conflicts.
  const { draft, base } = isDirty(edited) ? edited : { draft: stored, base: audience };
  const original = useMemo(() => draftOf(base), [base]);
  const changed = changedFields(draft, original);
  const dirty = Object.keys(changed).length > 0;
  const check = useFilterCheck(draft.filter);
  const change = (changes: Partial<AudienceDraft>) =>
    setEdited((before) => {
      const from = isDirty(before) ? before : { draft: stored, base: audience };
      return { ...from, draft: { ...from.draft, ...changes } };
    });
  const reset = () => {
    setEdited(null);
    setErrors({});
    setIsRefused(false);
  };
  const readOnly = !mayWrite && !mayDraft;
  const isWrong = check.data?.valid === false;
  const isNewer = dirty && audience && base && audience.version !== base.version;
  const problem = problemOf(draft) || (isWrong ? "The filter has a mistake" : "");
  return (
    <>
      {isNewer && (
        <NewerVersion
          one="audience"
          fields={Object.keys(changedFields(stored, original))}
          mine={Object.keys(changed)}
          isUrgent={isRefused}
          onTake={reset}
          onKeep={() => {
            setIsRefused(false);
            setEdited({ draft: rebased(draft, original, stored), base: audience });
          }}
        />
      )}
      {!hidden && (
        <Grid gap="xl">
          <Grid.Col span={{ base: 12, lg: 8 }}>
            <Stack maw={820}>
              {base?.window_backfill && (
                <Alert
                  color="blue"
                  variant="light"
                  icon={<IconHistory />}
                  title={`The history of events is read: ${base.window_backfill.percent} %`}
                >
                  The filter asks about past events that were not counted before. Until they are,
                  the filter that was here before serves, or nobody is let in by it.
                </Alert>
              )}
              <SimpleGrid cols={{ base: 1, sm: 2 }}>
                <TextInput
                  label="Name"
                  description="Flags and others ask for it by this name"
                  required
                  value={draft.name}
                  onChange={(event) => change({ name: event.currentTarget.value })}
                  error={errors.name}
                  readOnly={readOnly}
                />
                <LabelsInput
                  value={draft.labels}
                  onChange={(labels) => change({ labels })}
                  error={errors.labels}
                  disabled={readOnly}
                />
              </SimpleGrid>
              <Textarea
                label="Description"
                autosize
                minRows={1}
                maxRows={6}
                value={draft.description}
                onChange={(event) => change({ description: event.currentTarget.value })}
                error={errors.description}
                readOnly={readOnly}
              />
              <ManagedSwitch draft={draft} base={base} onChange={change} readOnly={readOnly} />
              {!draft.managed && (
                <FilterEditor
                  value={draft.filter}
                  onChange={(filter) => change({ filter })}
                  check={check}
                  error={isWrong ? undefined : errors.filter}
                  ownName={base?.name ?? ""}
                  readOnly={readOnly}
                />
              )}
            </Stack>
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 4 }}>
            <PreviewPanel
              filter={draft.filter}
              audienceId={base?.id ?? ""}
              isValid={check.data?.valid === true}
              isWrong={isWrong}
            />
          </Grid.Col>
        </Grid>
      )}
      {(dirty || !hidden) && (
        <SaveBar
          kind="audience"
          current={base}
          fields={base ? changed : { ...EMPTY_DRAFT, ...draft }}
          dirty={dirty}
          problem={dirty ? problem : ""}
          onDiscard={reset}
          onFieldErrors={setErrors}
          onConflict={() => {
            setIsRefused(true);
            void queries.invalidateQueries({ queryKey: ["definitions", "audience"] });
          }}
          onSaved={(saved) => {
            reset();
            if (saved.name !== audience?.name) {
              void navigate({ to: `/audiences/${encodeURIComponent(saved.name)}` as string });
            }
          }}
        />
      )}
    </>
  );
}

function ManagedSwitch({
  draft,
  base,
  onChange,
  readOnly,
}: {
  draft: AudienceDraft;
  base: Audience | undefined;
  onChange: (changes: Partial<AudienceDraft>) => void;
  readOnly: boolean;
}) {
  if (base?.managed) {
    return (
      <Alert color="blue" variant="light" icon={<IconKey />} title="A server manages this audience">
        It has no filter: its include list says who is in. Only calls with a server key change that
        list, such as those of your data warehouse. Here its name, description and labels are
        edited.
      </Alert>
    );
  }
  if (base) {
    return null;
  }
  return (
    <Switch
      label="Managed by a server"
      description="It then has no filter; only calls with a server key say who is in. This cannot be undone here."
      checked={draft.managed}
      disabled={readOnly}
      onChange={(event) =>
        onChange({
          managed: event.currentTarget.checked,
          ...(event.currentTarget.checked ? { filter: "" } : {}),
        })
      }
    />
  );
}
