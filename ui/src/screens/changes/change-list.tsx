/** Change sets: what is drafted, what waits, and what was published. */

import { Badge, Button, Group, SegmentedControl, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { Allowed } from "@/session/session";
import { type Column, CursorTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { Page, TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { type ChangeSetSummary, OPEN_STATES, STATES, type State } from "./change-set-states";
import { ChangesTabs } from "./changes-tabs";
import { NewChangeSet } from "./new-change-set";
import { useChangeSets } from "./queries";

const VIEWS: Record<string, State[]> = {
  open: OPEN_STATES,
  published: ["published"],
  discarded: ["discarded"],
};

const COLUMNS: Column<ChangeSetSummary>[] = [
  {
    key: "name",
    header: "Name",
    cell: (set) => (
      <div>
        <Group gap="xs">
          <TextLink to={`/changes/${encodeURIComponent(set.id)}`} fw={600}>
            {set.name}
          </TextLink>
          {set.rolled_back_by && <Badge color="gray">Rolled back</Badge>}
        </Group>
        {set.description && (
          <Text size="xs" c="dimmed" lineClamp={1}>
            {set.description}
          </Text>
        )}
      </div>
    ),
  },
  { key: "state", header: "State", cell: (set) => <StateBadge state={set.state} />, width: 170 },
  { key: "changes", header: "Changes", align: "right", cell: (set) => set.change_count, width: 90 },
  { key: "author", header: "By", wide: true, cell: (set) => set.author },
  {
    key: "time",
    header: "When",
    cell: (set) =>
      set.state === "scheduled" ? (
        <Time seconds={set.publish_time_sec} full />
      ) : (
        <Time seconds={set.publication?.time_sec ?? set.update_time_sec} />
      ),
    width: 150,
  },
];

/** A state as a badge. */
export function StateBadge({ state }: { state: State }) {
  const { label, colour } = STATES[state];
  return <Badge color={colour}>{label}</Badge>;
}

/** The list of change sets. */
export function ChangeListScreen() {
  const [url, setUrl] = useUrlState();
  const navigate = useNavigate();
  const [opened, { open, close }] = useDisclosure();
  const view = url.view && url.view in VIEWS ? url.view : "open";
  const sets = useChangeSets({
    states: VIEWS[view] ?? OPEN_STATES,
    like: url.q ?? "",
    cursor: url.cursor ?? "",
  });
  const create = (
    <Allowed entity="change_set" action="write">
      <Button leftSection={<IconPlus size={16} />} onClick={open}>
        New change set
      </Button>
    </Allowed>
  );
  return (
    <Page
      title="Changes"
      lead="Changes that belong together: drafted, looked at, and published at once or at a time."
      actions={create}
    >
      <ChangesTabs current="sets" />
      <CursorTable
        label="Change sets"
        rows={sets.data?.change_sets}
        columns={COLUMNS}
        rowKey={(set) => set.id}
        error={sets.error}
        retry={() => sets.refetch()}
        search={url.q ?? ""}
        onSearch={(text) => setUrl({ q: text, cursor: "" })}
        searchPlaceholder="Search by name"
        filters={
          <SegmentedControl
            aria-label="Which change sets"
            value={view}
            onChange={(next) => setUrl({ view: next === "open" ? "" : next, cursor: "" })}
            data={[
              { value: "open", label: "Open" },
              { value: "published", label: "Published" },
              { value: "discarded", label: "Discarded" },
            ]}
          />
        }
        nextCursor={sets.data?.page_options.next_cursor}
        prevCursor={sets.data?.page_options.prev_cursor}
        onCursor={(cursor) => setUrl({ cursor })}
        onRow={(set) => navigate({ to: `/changes/${encodeURIComponent(set.id)}` as string })}
        empty={
          <EmptyState
            title={view === "open" ? "Nothing is being prepared" : "Nothing here yet"}
            action={view === "open" ? create : undefined}
          >
            {view === "open"
              ? "Every editor can put its change into a change set instead of saving it at once. So an audience, a flag and a live event go out together, or not at all."
              : "What is published or given up shows up here, and can be taken back."}
          </EmptyState>
        }
      />
      {opened && <NewChangeSet onClose={close} />}
    </Page>
  );
}
