/** A wizard for a new experiment. Nothing is saved before its last step. */

import { Alert, Box, Button, Group, List, Stack, Stepper, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useMay } from "@/session/session";
import { EmptyState } from "@/shared/feedback";
import { Page, TextLink } from "@/shared/page";
import { LeaveGuard } from "@/shared/saving/leave-guard";
import { SaveBar } from "@/shared/saving/save-bar";
import { changedFields, EMPTY_DRAFT, type ExperimentDraft, fieldsOf, firstPhase } from "./draft";
import { LookOver } from "./look-over";
import { useNow } from "./use-now";
import { problemsByStep, STEPS, StepFields, stepOfField } from "./wizard-steps";

const CRUMBS = [{ label: "Experiments", to: "/experiments" }];
const LAST = STEPS.length;

export function NewExperimentScreen() {
  const mayWrite = useMay("experiment", "write");
  const mayDraft = useMay("change_set", "write");
  return (
    <Page
      title="New experiment"
      lead="A question, who is asked, what they get, and when. Nothing is saved before the last step."
      crumbs={CRUMBS}
    >
      {mayWrite || mayDraft ? (
        <Wizard />
      ) : (
        <EmptyState
          title="You may not make experiments"
          action={<TextLink to="/experiments">See those there are</TextLink>}
        >
          An administrator can give you the permission to.
        </EmptyState>
      )}
    </Page>
  );
}

function Wizard() {
  const navigate = useNavigate();
  const nowS = useNow();
  const [original] = useState<ExperimentDraft>(() => ({
    ...EMPTY_DRAFT,
    phases: [firstPhase(nowS)],
  }));
  const [draft, setDraft] = useState(original);
  const [step, setStep] = useState(0);
  const [launches, setLaunches] = useState(false);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [tried, setTried] = useState(false);
  const [isGone, setIsGone] = useState(false);
  const heading = useStepFocus(step);
  const change = useCallback(
    (changes: Partial<ExperimentDraft>) => setDraft((before) => ({ ...before, ...changes })),
    [],
  );
  const onProblem = useCallback((part: string, problem: string) => {
    setTyped((before) =>
      (before[part] ?? "") === problem ? before : { ...before, [part]: problem },
    );
  }, []);
  const fields = useMemo(
    () => ({ ...fieldsOf(draft), ...(launches ? { launched: true } : {}) }),
    [draft, launches],
  );
  const dirty = Object.keys(changedFields(draft, original)).length > 0;
  useEffect(() => {
    // Once it is discarded, or waits in a change set, there is nothing left to ask for.
    if (isGone && !dirty) {
      void navigate({ to: "/experiments" as string });
    }
  }, [isGone, dirty, navigate]);
  const problems = problemsByStep(draft, nowS);
  problems[2] ||= Object.values(typed).find(Boolean) ?? "";
  const problem = problems[step] ?? "";
  const go = (to: number) => {
    setTried(false);
    setStep(to);
  };
  const next = () => (problem ? setTried(true) : go(step + 1));
  return (
    <>
      <Stepper
        active={step}
        onStepClick={(to) => (to <= step || !problems.slice(step, to).some(Boolean)) && go(to)}
        size="sm"
        allowNextStepsSelect={!problem}
      >
        {[...STEPS.map(({ title }) => title), "Look it over"].map((title) => (
          <Stepper.Step key={title} label={title} />
        ))}
      </Stepper>
      <Stack maw={step === LAST ? undefined : 760}>
        <Box ref={heading} tabIndex={-1} style={{ outline: "none" }}>
          <Text component="h2" size="lg" fw={650} m={0}>
            {step === LAST ? "Look it over" : STEPS[step]?.title}
          </Text>
          <Text size="sm" c="dimmed">
            {step === LAST
              ? "Nothing is saved yet. Go back to any step by its name above."
              : STEPS[step]?.lead}
          </Text>
        </Box>
        {step < LAST && <Refused errors={errors} />}
        {step === LAST ? (
          <LookOver
            draft={draft}
            fields={fields}
            launches={launches}
            onLaunches={setLaunches}
            nowS={nowS}
          />
        ) : (
          <StepFields
            step={step}
            draft={draft}
            onChange={change}
            errors={errors}
            onProblem={onProblem}
            nowS={nowS}
          />
        )}
        <div aria-live="polite">
          {tried && problem && (
            <Text size="sm" c="red">
              {problem}.
            </Text>
          )}
        </div>
        <Group>
          {step > 0 && (
            <Button variant="default" onClick={() => go(step - 1)}>
              Back
            </Button>
          )}
          {step < LAST && <Button onClick={next}>Next</Button>}
        </Group>
      </Stack>
      {step === LAST ? (
        <SaveBar
          kind="experiment"
          fields={fields}
          dirty={dirty}
          problem={problems.find(Boolean)}
          onDiscard={() => {
            setDraft(original);
            setIsGone(true);
          }}
          onFieldErrors={(found) => {
            setErrors(found);
            const wrong = Object.keys(found).map(stepOfField);
            if (wrong.length > 0) {
              go(Math.min(...wrong));
            }
          }}
          onSaved={(saved) =>
            navigate({ to: `/experiments/${encodeURIComponent(saved.name)}` as string })
          }
        />
      ) : (
        <LeaveGuard isDirty={() => dirty} />
      )}
    </>
  );
}

/** Why the server did not save it; some of that stands at no field. */
function Refused({ errors }: { errors: Record<string, string> }) {
  const wrong = Object.entries(errors);
  return wrong.length === 0 ? null : (
    <Alert color="red" variant="light" title="Not saved yet" role="alert">
      <List size="sm" spacing={2}>
        {wrong.map(([field, problem]) => (
          <List.Item key={field}>
            <code>{field}</code> {problem}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

/** Puts the focus where a new step begins, for who does not see that it does. */
function useStepFocus(step: number) {
  const heading = useRef<HTMLDivElement>(null);
  const shown = useRef(step);
  useEffect(() => {
    if (shown.current !== step) {
      shown.current = step;
      heading.current?.focus();
    }
  }, [step]);
  return heading;
}
