/** Where an editor ends: save at once, put into a change set, or see first what it would do. */

import { Badge, Box, Button, Group, Paper, Text, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { ApiError } from "@/api/client";
import {
  type Definitions,
  type Fields,
  KINDS,
  type Kind,
  useSaveDefinition,
} from "@/api/definitions";
import { useMay } from "@/session/session";
import { ErrorPanel, say } from "../feedback";
import { AddToChangeSet } from "./add-to-change-set";
import { ImpactDialog } from "./impact-dialog";
import { LeaveGuard } from "./leave-guard";

interface SaveBarProps<K extends Kind> {
  kind: K;
  /** The definition that is edited; absent while a new one is made. */
  current?: { id: string; name: string; version: string };
  /** What is to be saved: all fields of a new one, the changed fields of another. */
  fields: Fields;
  /** Whether there is something to save. */
  dirty: boolean;
  onDiscard: () => void;
  onSaved: (saved: Definitions[K]) => void;
  /** The wrong fields by name, for the form to show. */
  onFieldErrors?: (errors: Record<string, string>) => void;
  /** Somebody else has changed the definition since `current`: the screen reads it again. */
  onConflict?: () => void;
  /** Why it cannot be saved yet, where the form knows. */
  problem?: string;
}

/** The code of an error that says that there is another version by now. */
const ABORTED = 10;

/** The bar at the end of an editor; leaving with changes asks first. */
export function SaveBar<K extends Kind>({
  kind,
  current,
  fields,
  dirty,
  onDiscard,
  onSaved,
  onFieldErrors,
  onConflict,
  problem,
}: SaveBarProps<K>) {
  const save = useSaveDefinition(kind);
  const mayWrite = useMay(KINDS[kind].entity, "write");
  const mayDraft = useMay("change_set", "write");
  const [note, setNote] = useState("");
  const [showsImpact, setShowsImpact] = useState(false);
  const [addsToSet, setAddsToSet] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const { reset: forget } = save;
  const seen = current?.version;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was refused was of another version
  useEffect(forget, [forget, seen]);
  if (!mayWrite && !mayDraft) {
    return null;
  }
  const isConflict = save.error instanceof ApiError && save.error.code === ABORTED;
  const discard = () => {
    forget();
    onDiscard();
  };
  const change = {
    kind: KINDS[kind].stored,
    action: current ? ("update" as const) : ("create" as const),
    ...(current ? { id: current.id } : {}),
    definition: fields,
  };
  const store = async () => {
    onFieldErrors?.({});
    try {
      setLeaving(true);
      const saved = await save.mutateAsync({
        ref: current?.id,
        fields: note ? { ...fields, note } : fields,
        version: current?.version,
      });
      setNote("");
      say(`${saved.name} is saved.`);
      onSaved(saved);
    } catch (error) {
      if (error instanceof ApiError) {
        onFieldErrors?.(error.fields);
        if (error.code === ABORTED) {
          onConflict?.();
        }
      }
    } finally {
      setLeaving(false);
    }
  };
  return (
    <>
      <Paper
        withBorder
        p="sm"
        shadow={dirty ? "md" : undefined}
        style={{ position: "sticky", bottom: 12, zIndex: 5 }}
        component="section"
        aria-label="Save"
      >
        {save.error && (
          // Within the bar: wherever one has scrolled to, this is seen.
          <Box mb="sm" mah="40vh" style={{ overflow: "auto" }}>
            <ErrorPanel
              error={save.error}
              title={isConflict ? "Somebody else was quicker" : "Not saved"}
            />
          </Box>
        )}
        <Group justify="space-between" gap="sm">
          <Group gap="sm" style={{ flex: 1, minWidth: 260 }}>
            {dirty ? (
              <Badge color="yellow">Not saved</Badge>
            ) : (
              <Text size="sm" c="dimmed">
                {current ? "Nothing changed" : "Nothing to save yet"}
              </Text>
            )}
            {dirty && (
              <TextInput
                aria-label="Why, for the history"
                placeholder="Why? (for the history)"
                value={note}
                maxLength={1000}
                onChange={(event) => setNote(event.currentTarget.value)}
                style={{ flex: 1, maxWidth: 420 }}
                size="xs"
              />
            )}
            {problem && (
              <Text size="sm" c="red">
                {problem}
              </Text>
            )}
          </Group>
          <Group gap="xs">
            {dirty && (
              <Button variant="subtle" color="gray" onClick={discard}>
                Discard
              </Button>
            )}
            <Button
              variant="default"
              disabled={!dirty || Boolean(problem)}
              onClick={() => setShowsImpact(true)}
            >
              See impact
            </Button>
            {mayDraft && (
              <Button
                variant="default"
                disabled={!dirty || Boolean(problem)}
                onClick={() => setAddsToSet(true)}
              >
                Add to change set
              </Button>
            )}
            {mayWrite && (
              <Button
                onClick={store}
                loading={save.isPending}
                disabled={!dirty || Boolean(problem)}
              >
                {current ? "Save" : "Create"}
              </Button>
            )}
          </Group>
        </Group>
      </Paper>
      {showsImpact && <ImpactDialog changes={[change]} onClose={() => setShowsImpact(false)} />}
      {addsToSet && (
        <AddToChangeSet
          change={{ ...change, base_version: current?.version }}
          onClose={() => setAddsToSet(false)}
          onAdded={() => {
            setAddsToSet(false);
            onDiscard();
          }}
        />
      )}
      <LeaveGuard isDirty={() => dirty && !leaving} />
    </>
  );
}
