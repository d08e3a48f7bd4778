/** One live event: where it stands, its form, runs, participants, transitions and history. */

import { Tabs } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { useDefinition } from "@/api/definitions";
import { useMay } from "@/session/session";
import { ErrorPanel, Waiting } from "@/shared/feedback";
import { HistoryTab } from "@/shared/history-tab";
import { LabelBadges, LabelMark } from "@/shared/labels";
import { Page } from "@/shared/page";
import { useUrlState } from "@/shared/url-state";
import type { LiveEvent } from "./draft";
import { EditTab } from "./edit-tab";
import { LiveEventActions } from "./live-event-actions";
import { OverviewTab } from "./overview-tab";
import { ParticipantsTab } from "./participants-tab";
import { RunsTab } from "./runs-tab";
import { StateBadge } from "./state-badge";
import { TransitionsTab } from "./transitions-tab";

const CRUMBS = [{ label: "Live events", to: "/live-events" }];
const TABS: Record<string, string> = {
  overview: "Overview",
  edit: "Edit",
  runs: "Runs",
  participants: "Participants",
  transitions: "Transitions",
  history: "History",
};

/** The live event that the address names. */
export function LiveEventScreen() {
  const { name = "" } = useParams({ strict: false }) as { name?: string };
  const event = useDefinition("live-event", name);
  if (event.isPending || event.isError) {
    return (
      <Page title={name} crumbs={CRUMBS}>
        {event.isPending ? (
          <Waiting />
        ) : (
          <ErrorPanel error={event.error} retry={() => event.refetch()} />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={event.data.name}
      lead={event.data.description || undefined}
      crumbs={CRUMBS}
      badges={
        <>
          {event.data.color && <LabelMark colour={event.data.color} />}
          <StateBadge state={event.data.state} />
          <LabelBadges labels={event.data.labels} />
        </>
      }
      actions={<LiveEventActions event={event.data} />}
    >
      <LiveEventTabs key={event.data.id} event={event.data} />
    </Page>
  );
}

function LiveEventTabs({ event }: { event: LiveEvent }) {
  const [url, setUrl] = useUrlState();
  const mayWrite = useMay("live_event", "write");
  const mayDraft = useMay("change_set", "write");
  const mayEdit = mayWrite || mayDraft;
  const tab = url.tab && Object.hasOwn(TABS, url.tab) ? url.tab : "overview";
  return (
    <>
      <Tabs
        value={tab}
        // What narrows one tab means nothing in another.
        onChange={(next) =>
          setUrl({ tab: next === "overview" ? "" : (next ?? ""), run: "", cursor: "" })
        }
      >
        <Tabs.List>
          {Object.entries(TABS).map(([value, title]) => (
            <Tabs.Tab key={value} value={value}>
              {value === "edit" && !mayEdit ? "Definition" : title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      {tab === "overview" && <OverviewTab event={event} />}
      {tab === "runs" && <RunsTab event={event} />}
      {tab === "participants" && <ParticipantsTab event={event} />}
      {tab === "transitions" && <TransitionsTab event={event} />}
      {tab === "history" && <HistoryTab kind="live-event" id={event.id} />}
      <EditTab event={event} shown={tab === "edit"} />
    </>
  );
}
