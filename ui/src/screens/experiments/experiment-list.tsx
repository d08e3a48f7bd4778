/** All experiments. */

import { Button, SegmentedControl, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { useDefinitions } from "@/api/definitions";
import { Allowed } from "@/session/session";
import { type Column, DataTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { hasLabels, LabelBadges, LabelFilter } from "@/shared/labels";
import { Page, TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { type UrlState, useUrlState } from "@/shared/url-state";
import type { Experiment } from "./draft";
import { ExperimentTabs } from "./experiment-tabs";
import { SplitBar } from "./split-bar";
import { mainPhase } from "./standing";
import { STATES, StateBadge, stateWord } from "./state-badge";
import { endOf } from "./times";
import { splitWords } from "./weights";

const COLUMNS: Column<Experiment>[] = [
  {
    key: "name",
    header: "Name",
    sort: (experiment) => experiment.name,
    cell: (experiment) => (
      <div>
        <TextLink to={`/experiments/${encodeURIComponent(experiment.name)}`} fw={600}>
          {experiment.name}
        </TextLink>
        {experiment.hypothesis && (
          <Text size="xs" c="dimmed" lineClamp={1}>
            {experiment.hypothesis}
          </Text>
        )}
      </div>
    ),
  },
  {
    key: "state",
    header: "State",
    sort: (experiment) => STATES.indexOf(experiment.state),
    cell: (experiment) => <StateBadge state={experiment.state} />,
    width: 130,
  },
  {
    key: "phase",
    header: "Phase",
    sort: (experiment) => Number(mainPhase(experiment)?.start_time_sec) || null,
    cell: (experiment) => <PhaseCell experiment={experiment} />,
    width: 150,
  },
  {
    key: "split",
    header: "Split",
    cell: (experiment) => <SplitCell experiment={experiment} />,
    width: 170,
  },
  {
    key: "participants",
    header: "Participants",
    align: "right",
    sort: (experiment) => mainPhase(experiment)?.participants ?? 0,
    cell: (experiment) => <Participants experiment={experiment} />,
    width: 120,
  },
  {
    key: "audiences",
    header: "Audiences",
    wide: true,
    cell: (experiment) => (
      <Text size="sm" lineClamp={2}>
        {experiment.audiences.join(", ") || "Everybody"}
      </Text>
    ),
  },
  {
    key: "labels",
    header: "Labels",
    wide: true,
    cell: (experiment) => <LabelBadges labels={experiment.labels} />,
  },
];

function PhaseCell({ experiment }: { experiment: Experiment }) {
  const phase = mainPhase(experiment);
  if (!phase) {
    return "–";
  }
  return (
    <>
      {phase.name}
      {(phase.state === "running" || phase.state === "scheduled") && (
        <Text size="xs" c="dimmed">
          {phase.state === "running" ? "ends " : "begins "}
          <Time seconds={phase.state === "running" ? endOf(phase) : phase.start_time_sec} />
        </Text>
      )}
    </>
  );
}

function SplitCell({ experiment }: { experiment: Experiment }) {
  const phase = mainPhase(experiment);
  if (!phase) {
    return "–";
  }
  const parts = phase.variants.map((each) => ({ name: each.name, weight: each.weight_permille }));
  return (
    <>
      <SplitBar parts={parts} label="Split" />
      <Text size="xs" c="dimmed" lineClamp={1} mt={2}>
        {splitWords(phase.variants)}
      </Text>
    </>
  );
}

function Participants({ experiment }: { experiment: Experiment }) {
  const phase = mainPhase(experiment);
  if (!phase || phase.state === "draft" || phase.state === "scheduled") {
    return "–";
  }
  return (
    <>
      {phase.participants.toLocaleString("en")}
      {phase.participants_max > 0 && (
        <Text size="xs" c="dimmed">
          of {phase.participants_max.toLocaleString("en")}
        </Text>
      )}
    </>
  );
}

/** Archived ones are left out unless they are asked for. */
function isAskedFor(experiment: Experiment, url: UrlState): boolean {
  return (
    hasLabels(experiment.labels, url.label) &&
    (url.state ? experiment.state === url.state : experiment.state !== "archived")
  );
}

/** The list of experiments. */
export function ExperimentListScreen() {
  const experiments = useDefinitions("experiment");
  const navigate = useNavigate();
  const [url, setUrl] = useUrlState();
  const rows = useMemo(
    () => experiments.data?.filter((experiment) => isAskedFor(experiment, url)),
    [experiments.data, url],
  );
  const create = (
    <Allowed entity="experiment" action="write">
      <Button
        leftSection={<IconPlus size={16} />}
        renderRoot={(props) => <Link to="/experiments/new" {...props} />}
      >
        New experiment
      </Button>
    </Allowed>
  );
  const hasSome = (experiments.data ?? []).length > 0;
  return (
    <Page
      title="Experiments"
      lead="Parts of the players get different values, so that numbers tell which is better."
      actions={create}
    >
      <ExperimentTabs current="experiments" />
      <DataTable
        label="Experiments"
        rows={rows}
        columns={COLUMNS}
        rowKey={(experiment) => experiment.id}
        initialSort="state"
        searchText={(experiment) =>
          [
            experiment.name,
            experiment.description,
            experiment.hypothesis,
            ...experiment.labels,
            ...experiment.audiences,
          ].join(" ")
        }
        searchPlaceholder="Search experiments"
        filters={
          hasSome && (
            <>
              <SegmentedControl
                aria-label="Which experiments"
                data={[
                  { value: "", label: "All" },
                  ...STATES.map((state) => ({ value: state, label: stateWord(state) })),
                ]}
                value={url.state ?? ""}
                onChange={(state) => setUrl({ state, page: "" })}
              />
              <LabelFilter />
            </>
          )
        }
        pending={experiments.isPending}
        error={experiments.error}
        retry={() => experiments.refetch()}
        onRow={(experiment) =>
          navigate({ to: `/experiments/${encodeURIComponent(experiment.name)}` as string })
        }
        empty={hasSome ? <NothingAskedFor /> : <NoExperiments create={create} />}
      />
    </Page>
  );
}

function NoExperiments({ create }: { create: ReactNode }) {
  return (
    <EmptyState title="No experiments yet" action={create}>
      Begin with a question, such as whether a blue shop sells more. Half of the players get blue,
      and the numbers of both halves answer it.
    </EmptyState>
  );
}

function NothingAskedFor() {
  return (
    <EmptyState title="No experiment is like this">
      Take filters away to see the others; archived ones have a filter of their own.
    </EmptyState>
  );
}
