/** One change set: what it changes, for how many players, and what can be done with it. */

import { Alert, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { KINDS, kindOf } from "@/api/definitions";
import { useSession } from "@/session/session";
import { EmptyState, ErrorPanel, Waiting } from "@/shared/feedback";
import { Page, TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { ChangeSetActions } from "./actions";
import { StateBadge } from "./change-list";
import { actionsFor, type ChangeSet, standingText } from "./change-set-states";
import { DefinitionDiffs } from "./definition-diffs";
import { DiffWarnings } from "./diff-warnings";
import { ImpactCard } from "./impact-card";
import { useChangeSet, useDiff } from "./queries";

const CRUMBS = [{ label: "Changes", to: "/changes" }];

/** The page of a change set. */
export function ChangeSetScreen() {
  const { id } = useParams({ strict: false }) as { id: string };
  const { me, may } = useSession();
  const set = useChangeSet(id);
  const isOpen =
    set.data !== undefined && set.data.state !== "published" && set.data.state !== "discarded";
  const diff = useDiff(id, isOpen ? set.data?.version : undefined);
  if (set.isPending) {
    return <Waiting />;
  }
  if (set.isError) {
    return (
      <Page title="Change set" crumbs={CRUMBS}>
        <ErrorPanel error={set.error} retry={() => set.refetch()} />
      </Page>
    );
  }
  const mayWrite = may("change_set", "write");
  return (
    <Page
      title={set.data.name}
      lead={set.data.description || standingText(set.data)}
      crumbs={CRUMBS}
      badges={<StateBadge state={set.data.state} />}
      actions={
        mayWrite && (
          <ChangeSetActions
            set={set.data}
            diff={diff.data}
            actions={actionsFor(set.data, diff.data, me.user.email)}
          />
        )
      }
    >
      <Standing set={set.data} />
      {diff.isError && <ErrorPanel error={diff.error} retry={() => diff.refetch()} />}
      {diff.data && <DiffWarnings set={set.data} diff={diff.data} />}
      <SimpleGrid cols={{ base: 1, lg: isOpen && set.data.change_count > 0 ? 2 : 1 }} spacing="lg">
        <Stack gap="sm">
          <Title order={2}>
            {isOpen
              ? "What changes"
              : set.data.state === "published"
                ? "What changed"
                : "What would have changed"}
          </Title>
          {set.data.change_count === 0 ? (
            <Card padding={0}>
              <EmptyState
                title="Nothing in it yet"
                action={<TextLink to="/flags">Change a flag</TextLink>}
              >
                Open a flag, an audience or a live event, change it, and choose “Add to change set”
                instead of saving.
              </EmptyState>
            </Card>
          ) : isOpen ? (
            diff.isPending ? (
              <Waiting />
            ) : (
              diff.data && <DefinitionDiffs set={set.data} diff={diff.data} mayWrite={mayWrite} />
            )
          ) : (
            <Outcomes set={set.data} />
          )}
        </Stack>
        {isOpen && set.data.change_count > 0 && may("identity", "read") && (
          <ImpactCard id={id} version={set.data.version} ready={diff.data?.ready ?? false} />
        )}
      </SimpleGrid>
    </Page>
  );
}

/** Who made it, who said what, and when. */
function Standing({ set }: { set: ChangeSet }) {
  return (
    <Stack gap="xs">
      <Group gap="lg">
        <Text size="sm" c="dimmed" component="div">
          Made by {set.author} <Time seconds={set.create_time_sec} />
        </Text>
        {set.state === "scheduled" && (
          <Text size="sm" component="div">
            To be published <Time seconds={set.publish_time_sec} full />, as {set.scheduled_by}{" "}
            wants it
          </Text>
        )}
        {set.publication && (
          <Text size="sm" c="dimmed" component="div">
            Published by {set.publication.by} <Time seconds={set.publication.time_sec} full />
            {set.publication.note && `: “${set.publication.note}”`}
          </Text>
        )}
        {set.rolls_back && (
          <Text size="sm" component="div">
            <TextLink to={`/changes/${encodeURIComponent(set.rolls_back)}`}>
              The set that it takes back
            </TextLink>
          </Text>
        )}
        {set.rolled_back_by && (
          <Text size="sm" component="div">
            <TextLink to={`/changes/${encodeURIComponent(set.rolled_back_by)}`}>
              The set that took it back
            </TextLink>
          </Text>
        )}
      </Group>
      {set.approvals.map((word) => (
        <Alert key={word.by} color="teal" title={`Approved by ${word.by}`} py="xs">
          <Time seconds={word.time_sec} full />
          {word.note && ` – ${word.note}`}
        </Alert>
      ))}
      {set.rejection && (
        <Alert color="yellow" title={`Sent back by ${set.rejection.by}`} py="xs">
          <Time seconds={set.rejection.time_sec} full />
          {set.rejection.note && ` – ${set.rejection.note}`}
        </Alert>
      )}
      {set.failure && (
        <Alert color="red" title="It was not published at its time">
          {set.failure.message}
        </Alert>
      )}
    </Stack>
  );
}

/** A definition by its kind and name, with a link where it is there. */
function Named({ kind, name, gone }: { kind: string; name: string; gone: boolean }) {
  const known = kindOf(kind);
  return (
    <>
      {known ? KINDS[known].one : kind}{" "}
      {known && !gone ? (
        <TextLink
          to={`${KINDS[known].screen}/${encodeURIComponent(name)}`}
          search={{ tab: "history" }}
          fw={600}
        >
          {name}
        </TextLink>
      ) : (
        <strong>{name}</strong>
      )}
    </>
  );
}

/** What publishing made of each definition. */
function Outcomes({ set }: { set: ChangeSet }) {
  const told = set.outcomes.length > 0 ? set.outcomes : set.changes;
  return (
    <Card>
      <Stack gap="xs">
        {told.map((each) => (
          <Group key={`${each.kind} ${each.id}`} gap="xs">
            <Text size="sm" c="dimmed" w={80}>
              {each.action}
            </Text>
            <Text size="sm" component="div">
              <Named kind={each.kind} name={each.name} gone={each.action === "delete"} />
            </Text>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
