/** One group of refused events: what is wrong, the events themselves, and what to do. */

import { Badge, Button, Card, Group as Line, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconTrash, IconWand } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useMay } from "@/session/session";
import { type Column, CursorTable } from "@/shared/data-table";
import { ConfirmDialog } from "@/shared/dialogs";
import { EmptyState, ErrorPanel, say, Waiting } from "@/shared/feedback";
import { Page, TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { type Group, useDiscard, useGroup, useRefused } from "./queries";
import {
  canBeDeclared,
  isForDefinition,
  REASONS,
  type Reason,
  type Refused,
  shownName,
} from "./reasons";
import { RefusedFacts } from "./refused-facts";
import { ReplayButton } from "./replay-dialog";
import { conditionsOfGroup } from "./search";

const CRUMBS = [{ label: "Debugger", to: "/taxonomy/debugger" }];

const COLUMNS: Column<Refused>[] = [
  {
    key: "time",
    header: "Received",
    width: 140,
    cell: (refused) => <Time seconds={refused.receive_time_sec} />,
  },
  {
    key: "player",
    header: "Player",
    width: 200,
    cell: (refused) =>
      refused.identity_id ? (
        <TextLink to={`/players/${encodeURIComponent(refused.identity_id)}`}>
          {refused.identity_id}
        </TextLink>
      ) : (
        "–"
      ),
  },
  {
    key: "problem",
    header: "What is wrong",
    cell: (refused) => (
      <Text size="sm" lineClamp={2} style={{ overflowWrap: "anywhere" }}>
        {refused.problem}
      </Text>
    ),
  },
  { key: "api_key", header: "API key", wide: true, width: 120, cell: (refused) => refused.api_key },
];

/** The group that the address names. */
export function GroupScreen() {
  const [url] = useUrlState();
  const name = url.name ?? "";
  const reason = url.reason as Reason | undefined;
  if (reason === undefined || !(reason in REASONS)) {
    return (
      <Page title="Not here" crumbs={CRUMBS}>
        <EmptyState title="There is no such reason">The address may be mistyped.</EmptyState>
      </Page>
    );
  }
  return <GroupView key={`${reason} ${name}`} name={name} reason={reason} />;
}

function GroupView({ name, reason }: { name: string; reason: Reason }) {
  const [url, setUrl] = useUrlState();
  const conditions = conditionsOfGroup(name, reason);
  const group = useGroup(conditions);
  const refused = useRefused(conditions, url.cursor ?? "");
  return (
    <Page
      title={shownName(name)}
      lead={REASONS[reason].advice}
      crumbs={CRUMBS}
      badges={
        <>
          <Badge color="red">{REASONS[reason].label}</Badge>
          {group.data?.accepted_now && <Badge color="teal">Would be accepted now</Badge>}
        </>
      }
      actions={group.data && <Actions group={group.data} />}
    >
      {group.isError ? (
        <ErrorPanel error={group.error} retry={() => group.refetch()} />
      ) : group.isPending ? (
        <Waiting />
      ) : group.data === null ? (
        <Card padding={0}>
          <EmptyState title="Nothing of this is left">
            All of them were accepted, discarded, or are too old to be kept.
          </EmptyState>
        </Card>
      ) : (
        <>
          <Facts group={group.data} />
          <CursorTable
            label="Refused events of this group"
            rows={refused.data?.rejected_events}
            columns={COLUMNS}
            rowKey={(each) => each.id}
            rowName={(each) => `refused event ${each.id}`}
            detail={(each) => <RefusedFacts refused={each} />}
            error={refused.error}
            retry={() => refused.refetch()}
            nextCursor={refused.data?.page_options.next_cursor}
            prevCursor={refused.data?.page_options.prev_cursor}
            onCursor={(cursor) => setUrl({ cursor })}
            empty={<EmptyState title="Nothing of this is left" />}
          />
        </>
      )}
    </Page>
  );
}

function Facts({ group }: { group: Group }) {
  const facts: [string, ReactNode][] = [
    ["Events", group.count.toLocaleString("en")],
    ["Players", group.identities.toLocaleString("en")],
    ["First", <Time key="first" seconds={group.first_receive_time_sec} />],
    ["Last", <Time key="last" seconds={group.last_receive_time_sec} />],
  ];
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        {facts.map(([label, value]) => (
          <Card key={label} padding="sm">
            <Text size="xs" c="dimmed">
              {label}
            </Text>
            <Text fw={650} component="div">
              {value}
            </Text>
          </Card>
        ))}
      </SimpleGrid>
      <Card>
        <Text component="h2" fw={650} mb="xs">
          The last of them
        </Text>
        <RefusedFacts refused={group.sample} />
      </Card>
    </Stack>
  );
}

function Actions({ group }: { group: Group }) {
  const { name, reason } = group;
  const mayDeclare = useMay("taxonomy", "write");
  return (
    <>
      <DiscardButton group={group} />
      {name && <ReplayButton filter={{ name, reason }} what={shownName(name)} />}
      {mayDeclare && isForDefinition(reason) && canBeDeclared(name) && (
        <Button
          leftSection={<IconWand size={16} />}
          renderRoot={(props) => (
            <Link
              to={"/taxonomy/debugger/declare" as string}
              search={{ name } as never}
              {...props}
            />
          )}
        >
          {reason === "INVALID_NAME" ? "Declare and replay" : "Mend and replay"}
        </Button>
      )}
    </>
  );
}

function DiscardButton({ group }: { group: Group }) {
  const [asks, setAsks] = useState(false);
  const mayDelete = useMay("event", "delete");
  const discard = useDiscard();
  const navigate = useNavigate();
  if (!mayDelete) {
    return null;
  }
  const count = group.count.toLocaleString("en");
  const events = group.count === 1 ? "event" : "events";
  return (
    <>
      <Button variant="default" leftSection={<IconTrash size={16} />} onClick={() => setAsks(true)}>
        Discard
      </Button>
      <ConfirmDialog
        opened={asks}
        onClose={() => setAsks(false)}
        title={`Discard ${count} refused ${events}?`}
        confirm="Discard for good"
        danger
        onConfirm={async () => {
          const { dismissed } = await discard.mutateAsync(
            conditionsOfGroup(group.name, group.reason),
          );
          say(`${dismissed.toLocaleString("en")} refused ${events} are gone.`);
          void navigate({ to: "/taxonomy/debugger" as string });
        }}
      >
        <Line gap={4}>
          They cannot be replayed any more, and never count. What is refused from now on is kept
          again.
        </Line>
      </ConfirmDialog>
    </>
  );
}
