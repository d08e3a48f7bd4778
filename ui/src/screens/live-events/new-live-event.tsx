/** Makes a live event step by step; nothing is saved before the end. */

import { Box, Button, Group, Stack, Stepper, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { useMay } from "@/session/session";
import { EmptyState } from "@/shared/feedback";
import { Page } from "@/shared/page";
import { LeaveGuard } from "@/shared/saving/leave-guard";
import { type LiveEventDraft, newDraft, PARTS, type Part } from "./draft";
import { partOfField, problemOf } from "./draft-problems";
import { FinishStep } from "./finish-step";
import { FlagsPart } from "./flags-part";
import type { PartProps } from "./part-props";
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
/** A step with a field that the server refused. */
const WRONG = {
  color: "red",
  icon: <IconAlertTriangle size={18} />,
  completedIcon: <IconAlertTriangle size={18} />,
};

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
  const section = useRef<HTMLElement>(null);
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
  };
  const isShown = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another step begins at its beginning
  useEffect(() => {
    if (isShown.current) {
      section.current?.focus({ preventScroll: true });
      top.current?.scrollIntoView({ block: "nearest" });
    }
    isShown.current = true;
  }, [step]);
  return (
    <Stack ref={top}>
      <LeaveGuard isDirty={() => draft !== original && !isDone.current} />
      <Stepper active={step} onStepClick={go} size="sm">
        {STEPS.map(({ part: each, label, description }, index) => (
          <Stepper.Step
            key={each}
            label={label}
            description={hasError(errors, each) ? "Not right yet" : <OnWide>{description}</OnWide>}
            allowStepSelect={index <= reached && (index <= step || !problem)}
            {...(hasError(errors, each) ? WRONG : {})}
          />
        ))}
        <Stepper.Step
          label="Look over"
          description={<OnWide>Save or launch</OnWide>}
          allowStepSelect={reached === LAST && !problem}
        />
      </Stepper>
      <Box
        component="section"
        ref={section}
        tabIndex={-1}
        aria-label={STEPS[step]?.label ?? "Look over"}
        style={{ outline: "none" }}
      >
        {part === "when" ? (
          <WhenPart {...props} />
        ) : part ? (
          <Box maw={760}>
            {part === "what" && <WhatPart {...props} />}
            {part === "who" && <WhoPart {...props} />}
            {part === "flags" && <FlagsPart {...props} />}
          </Box>
        ) : (
          <FinishStep
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
