/** What a plan would accept; then carrying it out, step by step, and what became of the events. */

import { Button, Card, Group, Loader, Stack, Text, Timeline } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCheck, IconPlayerTrackNext } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useRefreshDefinitions } from "@/api/definitions";
import { useMay } from "@/session/session";
import { ErrorPanel, Waiting } from "@/shared/feedback";
import { TextLink } from "@/shared/page";
import { carryOut } from "./carry-out";
import { OutcomeView } from "./outcome";
import { declaredOf, type Plan, problemOf, type StepName, stepsOf } from "./plan";
import { type Outcome, usePreview } from "./queries";
import { ReplayProgress } from "./replay-dialog";

const PAUSE_MS = 400;

const STEPS: Record<StepName, string> = {
  validator: "The validator of the metadata",
  event: "The event: from here on it is accepted",
  replay: "Replaying what was refused",
};

export function DeclareRun({
  plan,
  seen,
  onBegin,
}: {
  plan: Plan;
  /** How many events the proposal was made from. */
  seen: number;
  /** Told when the plan is carried out, and no longer edited; and when it has failed. */
  onBegin: (begun: boolean) => void;
}) {
  const refresh = useRefreshDefinitions();
  const [step, setStep] = useState<StepName>(stepsOf(plan)[0] ?? "event");
  const run = useMutation({
    mutationFn: () => carryOut(plan, setStep),
    onMutate: () => onBegin(true),
    onError: () => onBegin(false),
    onSuccess: refresh,
  });
  return (
    <Card style={{ position: "sticky", top: 16 }}>
      <Stack>
        <Text component="h2" fw={650}>
          {run.data ? "What became of them" : run.isPending ? "Under way" : "What it would do"}
        </Text>
        {run.data ? (
          <Result
            name={plan.name}
            outcome={run.data}
            onAgain={() => {
              run.reset();
              onBegin(false);
            }}
          />
        ) : run.isPending ? (
          <Steps plan={plan} current={step} expected={seen} />
        ) : (
          <Preview plan={plan} seen={seen} onGo={() => run.mutate()} />
        )}
        {run.error && <ErrorPanel error={run.error} title={`${STEPS[step]}: this did not work`} />}
      </Stack>
    </Card>
  );
}

function Preview({ plan, seen, onGo }: { plan: Plan; seen: number; onGo: () => void }) {
  const problem = problemOf(plan);
  const [settled] = useDebouncedValue(plan, PAUSE_MS);
  const isSettled = settled === plan;
  const preview = usePreview({ name: plan.name }, declaredOf(settled), problemOf(settled) === "");
  const mayReplay = useMay("event", "write");
  const mayDeclare = useMay("taxonomy", "write");
  return (
    <>
      <Text size="sm" c="dimmed">
        Inferred from the latest {seen.toLocaleString("en")} refused{" "}
        {seen === 1 ? "event" : "events"}. Nothing is changed yet.
      </Text>
      {problem ? (
        <Text size="sm" c="red" role="alert">
          {problem}
        </Text>
      ) : preview.error ? (
        <ErrorPanel
          error={preview.error}
          title="It cannot be declared so"
          retry={() => preview.refetch()}
        />
      ) : preview.data ? (
        <div style={{ opacity: isSettled && !preview.isFetching ? 1 : 0.5 }}>
          <OutcomeView
            passed={preview.data.would_pass}
            refused={preview.data.would_be_refused}
            skipped={preview.data.skipped}
            done={false}
          />
        </div>
      ) : (
        <Waiting label="Looking at the refused events" />
      )}
      {mayDeclare && mayReplay ? (
        <Group>
          <Button
            leftSection={<IconPlayerTrackNext size={16} />}
            onClick={onGo}
            disabled={Boolean(problem) || preview.isError || !preview.data || !isSettled}
          >
            Declare and replay
          </Button>
        </Group>
      ) : (
        <Text size="sm" c="dimmed">
          To declare and replay one must be allowed to write the taxonomy and events. Ask an
          administrator.
        </Text>
      )}
    </>
  );
}

function Steps({ plan, current, expected }: { plan: Plan; current: StepName; expected: number }) {
  const steps = stepsOf(plan);
  const at = steps.indexOf(current);
  return (
    <Stack>
      <Timeline active={at} bulletSize={22} lineWidth={2}>
        {steps.map((each, index) => (
          <Timeline.Item
            key={each}
            title={STEPS[each]}
            bullet={
              index < at ? (
                <IconCheck size={12} aria-label="Done" />
              ) : index === at ? (
                <Loader size={12} color="white" aria-label="Under way" />
              ) : undefined
            }
          />
        ))}
      </Timeline>
      {current === "replay" && <ReplayProgress name={plan.name} expected={expected} />}
    </Stack>
  );
}

function Result({
  name,
  outcome,
  onAgain,
}: {
  name: string;
  outcome: Outcome;
  onAgain: () => void;
}) {
  return (
    <>
      <Text size="sm">
        <TextLink to={`/taxonomy/events/${encodeURIComponent(name)}`}>{name}</TextLink> is declared.
        From now on, what fits it is accepted as it comes.
      </Text>
      <OutcomeView
        passed={outcome.replayed}
        refused={outcome.still_refused}
        skipped={outcome.skipped}
        done
      />
      <Group gap="sm">
        {outcome.still_refused.length > 0 && (
          <Button variant="default" onClick={onAgain}>
            Change the definition
          </Button>
        )}
        <TextLink to="/taxonomy/debugger">Back to the debugger</TextLink>
      </Group>
    </>
  );
}
