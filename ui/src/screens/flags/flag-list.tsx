/** All feature flags. */

import { Badge, Button, Code, Group, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { type Definitions, useDefinitions } from "@/api/definitions";
import { Allowed } from "@/session/session";
import { type Column, DataTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { hasLabels, LabelBadges, LabelFilter } from "@/shared/labels";
import { Page, TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";

type Flag = Definitions["flag"];

const COLUMNS: Column<Flag>[] = [
  {
    key: "name",
    header: "Name",
    sort: (flag) => flag.name,
    cell: (flag) => (
      <div>
        <Group gap="xs">
          <TextLink to={`/flags/${encodeURIComponent(flag.name)}`} fw={600}>
            {flag.name}
          </TextLink>
          {!flag.enabled && <Badge color="gray">Off</Badge>}
        </Group>
        {flag.description && (
          <Text size="xs" c="dimmed" lineClamp={1}>
            {flag.description}
          </Text>
        )}
      </div>
    ),
  },
  {
    key: "value",
    header: "Default",
    cell: (flag) => (
      <Code style={{ whiteSpace: "nowrap" }}>
        {flag.value.length > 40 ? `${flag.value.slice(0, 40)}…` : flag.value || '""'}
      </Code>
    ),
  },
  {
    key: "variants",
    header: "Variants",
    align: "right",
    sort: (flag) => flag.variants.length,
    cell: (flag) => flag.variants.length || "–",
    width: 100,
  },
  {
    key: "labels",
    header: "Labels",
    wide: true,
    cell: (flag) => <LabelBadges labels={flag.labels} />,
  },
  {
    key: "updated",
    header: "Changed",
    sort: (flag) => Number(flag.update_time_sec),
    cell: (flag) => <Time seconds={flag.update_time_sec} />,
    width: 140,
  },
];

/** The list of flags. */
export function FlagListScreen() {
  const flags = useDefinitions("flag");
  const navigate = useNavigate();
  const [url] = useUrlState();
  const rows = useMemo(
    () => flags.data?.filter((flag) => hasLabels(flag.labels, url.label)),
    [flags.data, url.label],
  );
  const create = (
    <Allowed entity="flag" action="write">
      <Button
        leftSection={<IconPlus size={16} />}
        renderRoot={(props) => <Link to="/flags/new" {...props} />}
      >
        New flag
      </Button>
    </Allowed>
  );
  return (
    <Page
      title="Flags"
      lead="Values that the game reads: one for everybody, and others for audiences."
      actions={create}
    >
      <DataTable
        label="Flags"
        rows={rows}
        columns={COLUMNS}
        rowKey={(flag) => flag.id}
        searchText={(flag) => `${flag.name} ${flag.description} ${flag.labels.join(" ")}`}
        searchPlaceholder="Search flags"
        filters={<LabelFilter />}
        error={flags.error}
        retry={() => flags.refetch()}
        onRow={(flag) => navigate({ to: `/flags/${encodeURIComponent(flag.name)}` as string })}
        empty={
          <EmptyState title="No flags yet" action={create}>
            A flag is a value that you can change without a new build: a price, a difficulty, a
            whole shop. Begin with one that your game already has as a constant.
          </EmptyState>
        }
      />
    </Page>
  );
}
