/** All feature flags. */

import { Badge, Button, Code, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Definitions, useDefinitions } from "@/api/definitions";
import { Allowed } from "@/session/session";
import { type Column, DataTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { LabelBadges } from "@/shared/labels";
import { Page, TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { DAYS_USUAL, FlagFilters, isAskedFor } from "./flag-filters";
import { ADVICE, type StaleFlag, useStaleFlags } from "./stale";

type Flag = Definitions["flag"];

const NAME: Column<Flag> = {
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
};

const LABELS: Column<Flag> = {
  key: "labels",
  header: "Labels",
  wide: true,
  cell: (flag) => <LabelBadges labels={flag.labels} />,
};

const COLUMNS: Column<Flag>[] = [
  NAME,
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
  LABELS,
  {
    key: "updated",
    header: "Changed",
    sort: (flag) => Number(flag.update_time_sec),
    cell: (flag) => <Time seconds={flag.update_time_sec} />,
    width: 140,
  },
];

/** Beside its name: why a flag may have had its day, and what to do. */
function staleColumn(stale: ReadonlyMap<string, StaleFlag>): Column<Flag> {
  return {
    key: "why",
    header: "Why, and what to do",
    cell: (flag) => (
      <Stack gap={4}>
        {(stale.get(flag.id)?.reasons ?? []).map(({ reason, detail, variant }) => (
          <div key={`${reason} ${variant ?? ""}`}>
            <Text size="sm">
              {variant ? `Variant “${variant}”: ${detail}.` : `${capital(detail)}.`}
            </Text>
            <Text size="xs" c="dimmed">
              {ADVICE[reason]}
            </Text>
          </div>
        ))}
      </Stack>
    ),
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function readColumn(stale: ReadonlyMap<string, StaleFlag>): Column<Flag> {
  return {
    key: "read",
    header: "Last read",
    sort: (flag) => Number(stale.get(flag.id)?.read_time_sec ?? 0),
    cell: (flag) => <Time seconds={stale.get(flag.id)?.read_time_sec} missing="Never" />,
    width: 140,
  };
}

/** The list of flags. */
export function FlagListScreen() {
  const flags = useDefinitions("flag");
  const navigate = useNavigate();
  const [url] = useUrlState();
  const isStale = url.state === "stale";
  const stale = useStaleFlags(Number(url.days ?? DAYS_USUAL) || 1, isStale);
  const rows = useMemo(
    () => flags.data?.filter((flag) => isAskedFor(flag, url, stale.data)),
    [flags.data, url, stale.data],
  );
  const columns = useMemo(
    () =>
      isStale && stale.data
        ? [NAME, staleColumn(stale.data), readColumn(stale.data), LABELS]
        : COLUMNS,
    [isStale, stale.data],
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
  const hasSome = (flags.data ?? []).length > 0;
  return (
    <Page
      title="Flags"
      lead="Values that the game reads: one for everybody, and others for audiences."
      actions={create}
    >
      <DataTable
        label="Flags"
        rows={rows}
        columns={columns}
        rowKey={(flag) => flag.id}
        searchText={(flag) => `${flag.name} ${flag.description} ${flag.labels.join(" ")}`}
        searchPlaceholder="Search flags"
        filters={hasSome && <FlagFilters flags={flags.data ?? []} />}
        pending={flags.isPending || (isStale && stale.isPending)}
        error={flags.error ?? (isStale ? stale.error : null)}
        retry={() => (flags.error ? flags.refetch() : stale.refetch())}
        onRow={(flag) => navigate({ to: `/flags/${encodeURIComponent(flag.name)}` as string })}
        empty={hasSome ? <NothingAskedFor isStale={isStale} /> : <NoFlags create={create} />}
      />
    </Page>
  );
}

function NoFlags({ create }: { create: ReactNode }) {
  return (
    <EmptyState title="No flags yet" action={create}>
      A flag is a value that you can change without a new build: a price, a difficulty, a whole
      shop. Begin with one that your game already has as a constant.
    </EmptyState>
  );
}

function NothingAskedFor({ isStale }: { isStale: boolean }) {
  return isStale ? (
    <EmptyState title="No flag seems stale">
      All of them are read by games, and have something left to decide.
    </EmptyState>
  ) : (
    <EmptyState title="No flag is like this">Take filters away to see the others.</EmptyState>
  );
}
