/** One experiment: how it stands, its phases, who takes part, what it meets, and its history. */

import { Badge, Box, Tabs } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useDefinition } from "@/api/definitions";
import { useMay } from "@/session/session";
import { ErrorPanel, Waiting } from "@/shared/feedback";
import { HistoryTab } from "@/shared/history-tab";
import { LabelBadges } from "@/shared/labels";
import { NewerVersion } from "@/shared/newer-version";
import { Page } from "@/shared/page";
import { SaveBar } from "@/shared/saving/save-bar";
import { useUrlState } from "@/shared/url-state";
import { ExperimentActions } from "./actions";
import { BiasWarning } from "./bias";
import type { Experiment } from "./draft";
import { EditTab } from "./edit-tab";
import { OverlapsTab } from "./overlaps-tab";
import { OverviewTab } from "./overview-tab";
import { ParticipantsTab } from "./participants-tab";
import { PhasesTab } from "./phases-tab";
import { StateBadge } from "./state-badge";
import { useExperimentEdit } from "./use-experiment-edit";
import { useNow } from "./use-now";

const CRUMBS = [{ label: "Experiments", to: "/experiments" }];
/** Players come, and phases begin and end, while one looks. */
const REFRESH_MS = 20_000;
const TITLES = {
  overview: "Overview",
  phases: "Phases",
  participants: "Participants",
  overlaps: "Overlaps",
  edit: "Edit",
  history: "History",
};
type Tab = keyof typeof TITLES;

/** The experiment that the address names. */
export function ExperimentScreen() {
  const { name = "" } = useParams({ strict: false }) as { name?: string };
  const experiment = useDefinition("experiment", name, { refreshMs: REFRESH_MS });
  if (experiment.isPending || experiment.isError) {
    return (
      <Page title={name} crumbs={CRUMBS}>
        {experiment.isPending ? (
          <Waiting />
        ) : (
          <ErrorPanel error={experiment.error} retry={() => experiment.refetch()} />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={experiment.data.name}
      lead={experiment.data.hypothesis || undefined}
      crumbs={CRUMBS}
      badges={
        <>
          <StateBadge state={experiment.data.state} />
          <LabelBadges labels={experiment.data.labels} />
        </>
      }
      actions={<ExperimentActions experiment={experiment.data} />}
    >
      <ExperimentTabs key={experiment.data.id} experiment={experiment.data} />
    </Page>
  );
}

function ExperimentTabs({ experiment }: { experiment: Experiment }) {
  const [url, setUrl] = useUrlState();
  const tab = (url.tab && url.tab in TITLES ? url.tab : "overview") as Tab;
  const counts: Partial<Record<Tab, number>> = {
    phases: experiment.phases.length,
    overlaps: experiment.overlap_count,
  };
  return (
    <>
      <Tabs
        value={tab}
        onChange={(next) => setUrl({ tab: next === "overview" ? "" : (next ?? ""), cursor: "" })}
      >
        <Tabs.List>
          {Object.entries(TITLES).map(([value, title]) => (
            <Tabs.Tab key={value} value={value}>
              {title}
              {Boolean(counts[value as Tab]) && (
                <Badge size="sm" color={value === "overlaps" ? "yellow" : "gray"} ml={6}>
                  {counts[value as Tab]}
                </Badge>
              )}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      {tab === "overview" && <OverviewTab experiment={experiment} />}
      {tab === "participants" && <ParticipantsTab experiment={experiment} />}
      {tab === "overlaps" && <OverlapsTab experiment={experiment} />}
      {tab === "history" && <HistoryTab kind="experiment" id={experiment.id} />}
      <Editor experiment={experiment} tab={tab} onTab={(next) => setUrl({ tab: next })} />
    </>
  );
}

/** The tabs that are edited and saved together; what is edited stays from tab to tab. */
function Editor({
  experiment,
  tab,
  onTab,
}: {
  experiment: Experiment;
  tab: Tab;
  onTab: (tab: Tab) => void;
}) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const nowS = useNow();
  const mayWrite = useMay("experiment", "write");
  const mayDraft = useMay("change_set", "write");
  const [isRefused, setIsRefused] = useState(false);
  const edit = useExperimentEdit(experiment, nowS);
  const isEdited = tab === "edit" || tab === "phases";
  const readOnly = (!mayWrite && !mayDraft) || experiment.archived;
  return (
    <>
      {edit.newer && (
        <NewerVersion
          one="experiment"
          fields={edit.theirs}
          mine={Object.keys(edit.changed)}
          isUrgent={isRefused}
          onTake={edit.discard}
          onKeep={edit.keepOnTop}
        />
      )}
      {tab === "phases" && (
        <PhasesTab
          key={`phases ${edit.round}`}
          experiment={experiment}
          edit={edit}
          readOnly={readOnly}
          nowS={nowS}
        />
      )}
      {tab === "edit" && (
        <Box key={`edit ${edit.round}`}>
          <EditTab experiment={experiment} edit={edit} readOnly={readOnly} />
        </Box>
      )}
      {edit.biasing.length > 0 && (
        <BiasWarning fields={edit.biasing} accepted={edit.mayBias} onAccept={edit.setMayBias} />
      )}
      {(edit.dirty || isEdited) && !experiment.archived && (
        <SaveBar
          kind="experiment"
          current={edit.base}
          fields={edit.fields}
          dirty={edit.dirty}
          problem={edit.problem}
          onDiscard={edit.discard}
          onFieldErrors={(found) => {
            edit.setErrors(found);
            setIsRefused(false);
            const first = Object.keys(found).find((field) => field !== "version");
            if (first !== undefined) {
              onTab(first.startsWith("phases") ? "phases" : "edit");
            }
          }}
          onConflict={() => {
            setIsRefused(true);
            void queries.invalidateQueries({ queryKey: ["definitions", "experiment"] });
          }}
          onSaved={(saved) => {
            edit.settle();
            if (saved.name !== experiment.name) {
              void navigate({ to: `/experiments/${encodeURIComponent(saved.name)}` as string });
            }
          }}
        />
      )}
    </>
  );
}
