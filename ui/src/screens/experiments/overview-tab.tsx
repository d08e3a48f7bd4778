/** How an experiment stands: what is on, who has what, and what to know before reading results. */

import {
  Alert,
  Button,
  Card,
  Grid,
  Group,
  SegmentedControl,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { IconArrowsCross } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { EmptyState } from "@/shared/feedback";
import { TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { BiasNotes } from "./bias";
import type { Experiment, Phase } from "./draft";
import { PhaseBar } from "./phase-bar";
import { SplitTable } from "./split-table";
import { admissionWords, mainPhase } from "./standing";
import { StateBadge } from "./state-badge";
import { endOf } from "./times";
import { useNow } from "./use-now";
import { percentText } from "./weights";

export function OverviewTab({ experiment }: { experiment: Experiment }) {
  const [url, setUrl] = useUrlState();
  const nowS = useNow();
  const phase = experiment.phases.find((each) => each.id === url.phase) ?? mainPhase(experiment);
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, lg: 8 }}>
        <Stack>
          <BiasNotes experiment={experiment} />
          {phase ? (
            <Card>
              <Stack>
                <PhaseBar phases={experiment.phases} nowS={nowS} />
                {experiment.phases.length > 1 && (
                  <SegmentedControl
                    aria-label="Which phase"
                    data={experiment.phases.map((each) => ({ value: each.id, label: each.name }))}
                    value={phase.id}
                    onChange={(chosen) => setUrl({ phase: chosen })}
                    style={{ alignSelf: "flex-start", maxWidth: "100%", overflowX: "auto" }}
                  />
                )}
                <PhaseStanding phase={phase} nowS={nowS} />
                <SplitTable phase={phase} />
              </Stack>
            </Card>
          ) : (
            <Card padding={0}>
              <EmptyState
                title="It has no phase yet"
                action={
                  <Button variant="default" onClick={() => setUrl({ tab: "phases" })}>
                    Go to its phases
                  </Button>
                }
              >
                A phase says when it is, and which variants players get. Without one it cannot be
                launched.
              </EmptyState>
            </Card>
          )}
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 4 }}>
        <Stack>
          {experiment.overlap_count > 0 && (
            <Alert
              color="yellow"
              variant="light"
              icon={<IconArrowsCross />}
              title="It meets other experiments"
            >
              <Group gap="xs">
                <Text size="sm">Others set the same flags at the same time.</Text>
                <Button size="xs" variant="default" onClick={() => setUrl({ tab: "overlaps" })}>
                  See where
                </Button>
              </Group>
            </Alert>
          )}
          <AboutCard experiment={experiment} phase={phase} />
        </Stack>
      </Grid.Col>
    </Grid>
  );
}

function PhaseStanding({ phase, nowS }: { phase: Phase; nowS: number }) {
  const admission = admissionWords(phase, nowS);
  return (
    <Group gap="xs" align="baseline">
      <Title order={2} style={{ overflowWrap: "anywhere" }}>
        {phase.name}
      </Title>
      <StateBadge state={phase.state} />
      <Text size="sm" c="dimmed" component="div">
        <Time seconds={phase.start_time_sec} full /> to <Time seconds={endOf(phase)} full />
        {admission && ` · ${admission}`}
      </Text>
    </Group>
  );
}

function AboutCard({ experiment, phase }: { experiment: Experiment; phase: Phase | undefined }) {
  const audiences = phase?.audiences ?? experiment.audiences;
  const excluded = phase?.exclude_audiences ?? experiment.exclude_audiences;
  const goals = phase?.goal_metrics ?? experiment.goal_metrics;
  return (
    <Card>
      <Stack gap="sm">
        {experiment.description && <Fact title="Description">{experiment.description}</Fact>}
        <Fact title="Goal metrics">{goals.join(", ") || "None"}</Fact>
        {experiment.monitor_metrics.length > 0 && (
          <Fact title="Metrics to watch">{experiment.monitor_metrics.join(", ")}</Fact>
        )}
        <Fact title="Who">
          {audiences.length === 0 ? "Everybody" : <Audiences names={audiences} />}
          {excluded.length > 0 && (
            <>
              , but not <Audiences names={excluded} />
            </>
          )}
        </Fact>
        {experiment.exclusion_group && (
          <Fact title="Exclusion group">
            <TextLink
              to={`/experiments/exclusion-groups/${encodeURIComponent(experiment.exclusion_group)}`}
            >
              {experiment.exclusion_group}
            </TextLink>
            , {percentText(experiment.exclusion_from_permille)} to{" "}
            {percentText(experiment.exclusion_to_permille)}
          </Fact>
        )}
        {experiment.holdout_group && (
          <Fact title="Holdout group">
            <TextLink
              to={`/experiments/holdout-groups/${encodeURIComponent(experiment.holdout_group)}`}
            >
              {experiment.holdout_group}
            </TextLink>
          </Fact>
        )}
        {phase && (
          <Fact title="Variants hang on">
            {phase.split_key === "ID"
              ? "the experiment: players keep theirs from phase to phase"
              : "the phase: players are drawn anew"}
          </Fact>
        )}
        <Fact title="Changed">
          <Time seconds={experiment.update_time_sec} />
        </Fact>
      </Stack>
    </Card>
  );
}

function Audiences({ names }: { names: readonly string[] }) {
  return names.map((name, index) => (
    <span key={name}>
      {index > 0 && " or "}
      <TextLink to={`/audiences/${encodeURIComponent(name)}`}>{name}</TextLink>
    </span>
  ));
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {title}
      </Text>
      <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </div>
  );
}
