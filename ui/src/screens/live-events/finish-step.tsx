/** The last step of the wizard: what the live event will be, and where it goes. */

import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError } from "@/api/client";
import { useSaveDefinition } from "@/api/definitions";
import { useMay } from "@/session/session";
import { ErrorPanel, say } from "@/shared/feedback";
import { AddToChangeSet } from "@/shared/saving/add-to-change-set";
import { ImpactDialog } from "@/shared/saving/impact-dialog";
import { fieldsOf, type LiveEventDraft, PARTS, type Part } from "./draft";
import { partOfField, problemOf } from "./draft-problems";
import { LookOver } from "./look-over";
import { usePreview } from "./use-preview";

export function FinishStep({
  draft,
  onPart,
  onErrors,
  onDone,
  onBack,
}: {
  draft: LiveEventDraft;
  onPart: (part: Part) => void;
  onErrors: (errors: Record<string, string>) => void;
  onDone: () => void;
  onBack: () => void;
}) {
  const navigate = useNavigate();
  const save = useSaveDefinition("live-event");
  const mayWrite = useMay("live_event", "write");
  const mayDraft = useMay("change_set", "write");
  const told = usePreview(draft.schedule, 0);
  const [note, setNote] = useState("");
  const [dialog, setDialog] = useState<"impact" | "set" | null>(null);
  const [launches, setLaunches] = useState(false);
  const problem = PARTS.map((part) => problemOf(draft, part)).find(Boolean) ?? "";
  const fields = fieldsOf(draft);
  const launched = {
    kind: "live_event",
    action: "create" as const,
    definition: { ...fields, draft: false },
  };
  const store = async (launch: boolean) => {
    setLaunches(launch);
    onErrors({});
    try {
      const saved = await save.mutateAsync({
        fields: { ...fields, draft: !launch, ...(note ? { note } : {}) },
      });
      onDone();
      say(launch ? `${saved.name} is launched.` : `${saved.name} is saved as a draft.`);
      void navigate({ to: `/live-events/${encodeURIComponent(saved.name)}` as string });
    } catch (error) {
      onErrors(error instanceof ApiError ? error.fields : {});
    }
  };
  const wrong = save.error instanceof ApiError ? Object.keys(save.error.fields)[0] : undefined;
  return (
    <Stack>
      <LookOver draft={draft} preview={told.preview} onPart={onPart} />
      <TextInput
        label="Why? (for the history)"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        maxLength={1000}
        maw={760}
      />
      {save.error && (
        <Stack gap="xs">
          <ErrorPanel error={save.error} title="Not saved" />
          {wrong && (
            <Button
              variant="default"
              onClick={() => onPart(partOfField(wrong))}
              style={{ alignSelf: "flex-start" }}
            >
              Go to what is wrong
            </Button>
          )}
        </Stack>
      )}
      <Group justify="space-between">
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        <Group gap="xs">
          {problem && (
            <Text size="sm" c="red">
              {problem}
            </Text>
          )}
          <Button variant="default" disabled={Boolean(problem)} onClick={() => setDialog("impact")}>
            See impact
          </Button>
          {mayDraft && (
            <Button variant="default" disabled={Boolean(problem)} onClick={() => setDialog("set")}>
              Add to change set
            </Button>
          )}
          {mayWrite && (
            <>
              <Button
                variant="default"
                disabled={Boolean(problem)}
                loading={save.isPending && !launches}
                onClick={() => store(false)}
              >
                Save as draft
              </Button>
              <Button
                disabled={Boolean(problem)}
                loading={save.isPending && launches}
                onClick={() => store(true)}
              >
                Save and launch
              </Button>
            </>
          )}
        </Group>
      </Group>
      <Text size="sm" c="dimmed">
        A draft has no runs until it is launched. Launched, its runs come as scheduled, and one
        whose time has begun is on at once. In a change set it is launched when that is published.
      </Text>
      {dialog === "impact" && <ImpactDialog changes={[launched]} onClose={() => setDialog(null)} />}
      {dialog === "set" && (
        <AddToChangeSet
          change={launched}
          onClose={() => setDialog(null)}
          onAdded={() => {
            onDone();
            void navigate({ to: "/live-events" as string });
          }}
        />
      )}
    </Stack>
  );
}
