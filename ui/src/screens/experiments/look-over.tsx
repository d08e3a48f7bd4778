/** The last step of the wizard: all that was chosen, whom it meets, and what it does to players. */

import { Alert, Card, Grid, Group, List, Radio, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { answer, api } from "@/api/client";
import { type Fields, KINDS, useDefinitions } from "@/api/definitions";
import { ErrorPanel, Waiting } from "@/shared/feedback";
import { LabelBadges } from "@/shared/labels";
import { TextLink } from "@/shared/page";
import { ImpactReport } from "@/shared/saving/impact-dialog";
import { formatDuration, Time } from "@/shared/time";
import type { ExperimentDraft, PhaseDraft } from "./draft";
import { SplitBar } from "./split-bar";
import { meetings } from "./standing";
import { percentText } from "./weights";

/** What is launched with such a start begins at once. */
const LONG_AGO = "1";

export function LookOver({
  draft,
  fields,
  launches,
  onLaunches,
  nowS,
}: {
  draft: ExperimentDraft;
  /** As the API takes them. */
  fields: Fields;
  launches: boolean;
  onLaunches: (launches: boolean) => void;
  nowS: number;
}) {
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, md: 7 }}>
        <Stack>
          <Summary draft={draft} />
          <Radio.Group
            label="When it is created"
            value={launches ? "launch" : "draft"}
            onChange={(chosen) => onLaunches(chosen === "launch")}
          >
            <Stack gap="xs" mt={6}>
              <Radio
                value="draft"
                label="Keep it as a draft"
                description="It does nothing until somebody launches it"
              />
              <Radio value="launch" label="Launch it" description={launchWords(draft, nowS)} />
            </Stack>
          </Radio.Group>
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 5 }}>
        <Stack>
          <Meetings fields={fields} nowS={nowS} />
          <Card>
            <Title order={3} size="h5" mb="xs">
              What it would do to players, if it ran now
            </Title>
            <Impact fields={fields} />
          </Card>
        </Stack>
      </Grid.Col>
    </Grid>
  );
}

function launchWords(draft: ExperimentDraft, nowS: number): string {
  const start = Number(draft.phases[0]?.start);
  return start <= nowS
    ? "Its phase begins at once"
    : `Its phase begins by itself in ${formatDuration(start - nowS)}`;
}

function Summary({ draft }: { draft: ExperimentDraft }) {
  const [phase] = draft.phases;
  return (
    <Card>
      <Stack gap="sm">
        <Fact title="Name">
          <Group gap="xs">
            {draft.name} <LabelBadges labels={draft.labels} />
          </Group>
        </Fact>
        <Fact title="Hypothesis">{draft.hypothesis || "None: say what you expect, and why"}</Fact>
        <Fact title="Goal metrics">{draft.goalMetrics.join(", ") || "None"}</Fact>
        <Fact title="Who">
          {draft.audiences.join(" or ") || "Everybody"}
          {draft.excludeAudiences.length > 0 && `, but not ${draft.excludeAudiences.join(" or ")}`}
          {draft.exclusionGroup &&
            `; ${percentText(draft.exclusionFrom)} to ${percentText(draft.exclusionTo)} of exclusion group ${draft.exclusionGroup}`}
          {draft.holdoutGroup && `; without the holdout group ${draft.holdoutGroup}`}
        </Fact>
        {phase && <PhaseFacts phase={phase} />}
      </Stack>
    </Card>
  );
}

function PhaseFacts({ phase }: { phase: PhaseDraft }) {
  return (
    <>
      <Fact title={`Phase ${phase.name}`}>
        <Time seconds={phase.start} full /> to <Time seconds={phase.end} full />
        {phase.participantsMax > 0 && `, ${phase.participantsMax.toLocaleString("en")} players`}
        {phase.deadline && (
          <>
            , admits until <Time seconds={phase.deadline} full />
          </>
        )}
      </Fact>
      <SplitBar parts={phase.variants} label="Split" legend />
      {phase.variants.map((variant) => (
        <Fact key={variant.key} title={variant.name}>
          {variant.flags.length === 0
            ? "sets no flag"
            : variant.flags.map(({ flag, value }) => `${flag} = ${shortValue(value)}`).join(", ")}
        </Fact>
      ))}
      {phase.variants.every((variant) => variant.flags.length === 0) && (
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle />}>
          No variant sets a flag. Players get something else only where the game reads experiments
          itself.
        </Alert>
      )}
    </>
  );
}

function shortValue(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value || '""';
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Group gap="sm" align="flex-start" wrap="nowrap">
      <Text size="sm" c="dimmed" w={120} style={{ flex: "none", overflowWrap: "anywhere" }}>
        {title}
      </Text>
      <Text size="sm" component="div" style={{ overflowWrap: "anywhere", minWidth: 0 }}>
        {children}
      </Text>
    </Group>
  );
}

function Meetings({ fields, nowS }: { fields: Fields; nowS: number }) {
  const experiments = useDefinitions("experiment");
  if (experiments.isPending) {
    return <Waiting label="Looking at other experiments" />;
  }
  if (experiments.isError) {
    return <ErrorPanel error={experiments.error} retry={() => experiments.refetch()} />;
  }
  const met = meetings({ ...fields, id: "" } as never, experiments.data, nowS);
  if (met.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No other launched experiment sets the same flags at the same time for the same players.
      </Text>
    );
  }
  return (
    <Alert color="yellow" variant="light" icon={<IconAlertTriangle />} title="It meets others">
      <Stack gap="xs">
        <List size="sm" spacing={4}>
          {met.map(({ other, otherPhase, flags, start, end }) => (
            <List.Item key={otherPhase.id}>
              <TextLink
                to={`/experiments/${encodeURIComponent(other.name)}`}
                c="inherit"
                underline="always"
              >
                {other.name}
              </TextLink>
              , phase {otherPhase.name}, sets {flags.join(", ")} too, from{" "}
              <Time seconds={start} full /> to <Time seconds={end} full />.
            </List.Item>
          ))}
        </List>
        <Text size="sm">
          Who is in both has the values of this one, for it is newer, and the other measures
          something else. An exclusion group, other audiences or other times keep them apart.
        </Text>
      </Stack>
    </Alert>
  );
}

/** As if it ran: a draft does nothing, and neither does what begins later. */
function Impact({ fields }: { fields: Fields }) {
  const phases = (fields.phases as Fields[]).map((each) => ({ ...each, start_time_sec: LONG_AGO }));
  const definition = { ...fields, phases, launched: true };
  const changes = [{ kind: KINDS.experiment.stored, action: "create", definition }];
  const impact = useQuery({
    queryKey: ["impact", changes],
    queryFn: ({ signal }) =>
      answer(api.POST("/v1/console/impact", { body: { changes: changes as never }, signal })),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  if (impact.isPending) {
    return <Waiting label="Looking at players" />;
  }
  return impact.isError ? (
    <ErrorPanel error={impact.error} title="This cannot be launched like this" />
  ) : (
    <ImpactReport impact={impact.data} />
  );
}
