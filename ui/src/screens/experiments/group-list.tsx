/** The groups that experiments share: whose players they are, and who is left alone. */

import { Button, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type Definitions, KINDS, useDefinitions } from "@/api/definitions";
import { Allowed } from "@/session/session";
import { type Column, DataTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { LabelBadges } from "@/shared/labels";
import { Page, TextLink } from "@/shared/page";
import { ExperimentTabs } from "./experiment-tabs";
import { percentText } from "./weights";

type GroupKind = "exclusion-group" | "holdout-group";
type GroupOf<K extends GroupKind> = Definitions[K];
type AnyGroup = GroupOf<GroupKind>;

function shared<G extends AnyGroup>(kind: GroupKind): { name: Column<G>; labels: Column<G> } {
  return {
    name: {
      key: "name",
      header: "Name",
      sort: (group) => group.name,
      cell: (group) => (
        <div>
          <TextLink to={`${KINDS[kind].screen}/${encodeURIComponent(group.name)}`} fw={600}>
            {group.name}
          </TextLink>
          {group.description && (
            <Text size="xs" c="dimmed" lineClamp={1}>
              {group.description}
            </Text>
          )}
        </div>
      ),
    },
    labels: {
      key: "labels",
      header: "Labels",
      wide: true,
      cell: (group) => <LabelBadges labels={group.labels} />,
    },
  };
}

const EXCLUSION = shared<GroupOf<"exclusion-group">>("exclusion-group");
const EXCLUSION_COLUMNS: Column<GroupOf<"exclusion-group">>[] = [
  EXCLUSION.name,
  {
    key: "experiments",
    header: "Experiments",
    align: "right",
    sort: (group) => group.experiments.length,
    cell: (group) => group.experiments.length || "–",
    width: 130,
  },
  {
    key: "free",
    header: "Free",
    align: "right",
    sort: freeOf,
    cell: (group) => percentText(freeOf(group)),
    width: 110,
  },
  EXCLUSION.labels,
];

const HOLDOUT = shared<GroupOf<"holdout-group">>("holdout-group");
const HOLDOUT_COLUMNS: Column<GroupOf<"holdout-group">>[] = [
  HOLDOUT.name,
  {
    key: "share",
    header: "Left alone",
    align: "right",
    sort: (group) => group.holdout_permille,
    cell: (group) => percentText(group.holdout_permille),
    width: 130,
  },
  {
    key: "experiments",
    header: "Experiments",
    align: "right",
    sort: (group) => group.used_by_count,
    cell: (group) => group.used_by_count || "–",
    width: 130,
  },
  HOLDOUT.labels,
];

function freeOf(group: GroupOf<"exclusion-group">): number {
  return group.free.reduce((sum, each) => sum + each.to_permille - each.from_permille, 0);
}

export function ExclusionGroupListScreen() {
  return (
    <GroupList
      kind="exclusion-group"
      tab="exclusion"
      title="Exclusion groups"
      lead="Experiments of one group share its players: each player is in at most one of them at a time."
      columns={EXCLUSION_COLUMNS}
      empty="Make one where experiments would get in each other’s way, such as all that change prices. Each of them then takes a part of the players."
    />
  );
}

export function HoldoutGroupListScreen() {
  return (
    <GroupList
      kind="holdout-group"
      tab="holdout"
      title="Holdout groups"
      lead="A share of all players whom none of a group’s experiments touches, to measure what they all did together."
      columns={HOLDOUT_COLUMNS}
      empty="Make one for a season, with a few percent of all players, and put the season’s experiments into it."
    />
  );
}

function GroupList<K extends GroupKind>({
  kind,
  tab,
  title,
  lead,
  columns,
  empty,
}: {
  kind: K;
  tab: "exclusion" | "holdout";
  title: string;
  lead: string;
  columns: Column<Definitions[K]>[];
  empty: ReactNode;
}) {
  const groups = useDefinitions(kind);
  const navigate = useNavigate();
  const { screen, one, many } = KINDS[kind];
  const create = (
    <Allowed entity="experiment" action="write">
      <Button
        leftSection={<IconPlus size={16} />}
        renderRoot={(props) => <Link to={`${screen}/new` as string} {...props} />}
      >
        New {one}
      </Button>
    </Allowed>
  );
  return (
    <Page title={title} lead={lead} actions={create}>
      <ExperimentTabs current={tab} />
      <DataTable
        label={title}
        rows={groups.data}
        columns={columns}
        rowKey={(group) => group.id}
        searchText={(group) => `${group.name} ${group.description} ${group.labels.join(" ")}`}
        searchPlaceholder={`Search ${many}`}
        pending={groups.isPending}
        error={groups.error}
        retry={() => groups.refetch()}
        onRow={(group) => navigate({ to: `${screen}/${encodeURIComponent(group.name)}` as string })}
        empty={
          <EmptyState title={`No ${many} yet`} action={create}>
            {empty}
          </EmptyState>
        }
      />
    </Page>
  );
}
