/** Makes a live event step by step; nothing is saved before the end. */

import { Box, Button, Group, Stack, Stepper, Text, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useRef, useState } from "react";
import { ApiError } from "@/api/client";
import { useSaveDefinition } from "@/api/definitions";
import { useMay } from "@/session/session";
import { EmptyState, ErrorPanel, say } from "@/shared/feedback";
import { Page } from "@/shared/page";
import { AddToChangeSet } from "@/shared/saving/add-to-change-set";
import { ImpactDialog } from "@/shared/saving/impact-dialog";
import {
  fieldsOf,
  type LiveEventDraft,
  newDraft,
  PARTS,
  type Part,
  partOfField,
  problemOf,
} from "./draft";
import { FlagsPart } from "./flags-part";
import { LeaveGuard } from "./leave-guard";
import { LookOver } from "./look-over";
import type { PartProps } from "./part-props";
import { usePreview } from "./use-preview";
import { WhatPart } from "./what-part";
import { WhenPart } from "./when-part";
import { WhoPart } from "./who-part";

const CRUMBS = [{ label: "Live events", to: "/live-events" }];
const STEPS: { part: Part; label: string; description: string }[] = [
  { part: "what", label: "What", description: "Name and data" },
  { part: "when", label: "When", description: "Runs and clocks" },
  { part: "who", label: "Who", description: "Audiences, joining" },
  { part: "flags", label: "Flags", description: "Other values" },
];
const LAST = STEPS.length;

/** The wizard. */
export function NewLiveEventScreen() {
  const mayWrite = useMay("live_event", "write");
  const mayDraft = useMay("change_set", "write");
  return (
    <Page
      title="New live event"
      lead="What is on, when, for whom, and what is different meanwhile. Nothing is saved before the end."
      crumbs={CRUMBS}
    >
      {mayWrite || mayDraft ? (
        <Wizard />
      ) : (
        <EmptyState title="You may look at live events, not make them">
          Ask an administrator for the permission live_event:write.
        </EmptyState>
      )}
    </Page>
  );
}

function Wizard() {
  const [original] = useState(() => newDraft(Date.now() / 1000));
  const [draft, setDraft] = useState<LiveEventDraft>(original);
  const [step, setStep] = useState(0);
  const [reached, setReached] = useState(0);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const { problems, onProblem } = useProblems();
  const isDone = useRef(false);
  const top = useRef<HTMLDivElement>(null);
  const part = STEPS[step]?.part;
  const problem = part ? problemOf(draft, part) || (problems.get(part) ?? "") : "";
  const props: PartProps = {
    draft,
    onChange: useCallback(
      (changes: Partial<LiveEventDraft>) => setDraft((before) => ({ ...before, ...changes })),
      [],
    ),
    errors,
    readOnly: false,
    onProblem: (name, told) => part && onProblem(part, name, told),
  };
  const go = (next: number) => {
    setStep(next);
    setReached((before) => Math.max(before, next));
    top.current?.scrollIntoView({ block: "nearest" });
  };
  return (
    <Stack ref={top}>
      <LeaveGuard isDirty={() => draft !== original && !isDone.current} />
      <Stepper active={step} onStepClick={go} size="sm">
        {STEPS.map(({ part: each, label, description }, index) => (
          <Stepper.Step
            key={each}
            label={label}
            description={<OnWide>{description}</OnWide>}
            allowStepSelect={index <= reached && (index <= step || !problem)}
            color={hasError(errors, each) ? "red" : undefined}
          />
        ))}
        <Stepper.Step
          label="Look over"
          description={<OnWide>Save or launch</OnWide>}
          allowStepSelect={reached === LAST && !problem}
        />
      </Stepper>
      <Box component="section" aria-label={STEPS[step]?.label ?? "Look over"}>
        {part === "when" ? (
          <WhenPart {...props} />
        ) : part ? (
          <Box maw={760}>
            {part === "what" && <WhatPart {...props} />}
            {part === "who" && <WhoPart {...props} />}
            {part === "flags" && <FlagsPart {...props} />}
          </Box>
        ) : (
          <Finish
            draft={draft}
            onPart={(each) => go(PARTS.indexOf(each))}
            onErrors={setErrors}
            onDone={() => {
              isDone.current = true;
            }}
            onBack={() => go(LAST - 1)}
          />
        )}
      </Box>
      {part && (
        <Group justify="space-between" maw={part === "when" ? undefined : 760}>
          <Button variant="default" onClick={() => go(step - 1)} disabled={step === 0}>
            Back
          </Button>
          <Group gap="sm">
            {problem && (
              <Text size="sm" c="dimmed" aria-live="polite">
                {problem}
              </Text>
            )}
            <Button onClick={() => go(step + 1)} disabled={Boolean(problem)}>
              Next: {STEPS[step + 1]?.label ?? "Look over"}
            </Button>
          </Group>
        </Group>
      )}
    </Stack>
  );
}

/** What there is no room for on tablets. */
function OnWide({ children }: { children: string }) {
  return (
    <Text span inherit visibleFrom="lg">
      {children}
    </Text>
  );
}

function hasError(errors: Record<string, string>, part: Part): boolean {
  return Object.keys(errors).some((field) => partOfField(field) === part);
}

/** What keeps each part from being saved, as its editors tell. They forget it when they go. */
function useProblems() {
  const [told, setTold] = useState<ReadonlyMap<string, [Part, string]>>(new Map());
  const onProblem = useCallback((part: Part, name: string, problem: string) => {
    setTold((before) => {
      if ((before.get(name)?.[1] ?? "") === problem) {
        return before;
      }
      return new Map(before).set(name, [part, problem]);
    });
  }, []);
  const problems = new Map([...told.values()].filter(([, problem]) => problem));
  return { problems, onProblem };
}

/** The last step: what it will be, and where it goes. */
function Finish({
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
