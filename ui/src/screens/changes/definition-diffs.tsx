/** What a set makes of each definition, path by path, and what stands in its way. */

import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  Card,
  Code,
  Group,
  Stack,
  Table,
  Text,
  Title,
} from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { KINDS, kindOf } from "@/api/definitions";
import { TextDifference } from "@/shared/code";
import { say, sayError } from "@/shared/feedback";
import { TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { type ChangeSet, type Diff, saidBy, shortPath, valueText } from "./change-set-states";
import classes from "./changes.module.css";
import { useAct, useTakeChange } from "./queries";

type DefinitionDiff = Diff["definitions"][number];

const ACTIONS = {
  create: { label: "New", colour: "teal" },
  update: { label: "Changed", colour: "blue" },
  delete: { label: "Deleted", colour: "red" },
};

const EDITABLE = ["draft", "waiting", "approved", "failed"];

/** A card for each definition of a set. */
export function DefinitionDiffs({
  set,
  diff,
  mayWrite,
}: {
  set: ChangeSet;
  diff: Diff;
  mayWrite: boolean;
}) {
  return (
    <Stack gap="sm">
      {diff.definitions.map((each) => (
        <DefinitionCard
          key={each.number}
          set={set}
          diff={each}
          definitionsVersion={diff.definitions_version}
          editable={mayWrite && EDITABLE.includes(set.state)}
        />
      ))}
      {diff.followers.map((each) => (
        <Card key={`${each.kind} ${each.id}`} padding="md">
          <Group gap="xs" mb="xs">
            <Badge color="gray">Along with it</Badge>
            <Text fw={600}>
              {each.kind.replace("_", " ")} {each.name}
            </Text>
          </Group>
          <PathChanges changes={each.changes} />
        </Card>
      ))}
    </Stack>
  );
}

function DefinitionCard({
  set,
  diff,
  definitionsVersion,
  editable,
}: {
  set: ChangeSet;
  diff: DefinitionDiff;
  definitionsVersion: string;
  editable: boolean;
}) {
  const [showsAll, setShowsAll] = useState(false);
  const take = useTakeChange(set.id);
  const act = useAct(set.id);
  const kind = kindOf(diff.kind);
  const action = ACTIONS[diff.action];
  return (
    <Card padding="md" component="article" aria-label={`${diff.kind} ${diff.name}`}>
      <Group justify="space-between" wrap="nowrap" mb="xs">
        <Group gap="xs">
          <Badge color={action.colour}>{action.label}</Badge>
          <Title order={3} size="h5">
            {kind ? KINDS[kind].one : diff.kind}{" "}
            {kind && diff.action === "update" ? (
              <TextLink to={`${KINDS[kind].screen}/${encodeURIComponent(diff.name)}`}>
                {diff.name}
              </TextLink>
            ) : (
              diff.name
            )}
          </Title>
        </Group>
        {editable && (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Take ${diff.name} out of the set`}
            loading={take.isPending}
            onClick={() =>
              take.mutate(diff.number, {
                onSuccess: () => say(`${diff.name} is not in the set any more.`),
                onError: (error) => sayError(error),
              })
            }
          >
            <IconTrash size={16} />
          </ActionIcon>
        )}
      </Group>
      <Stack gap="sm">
        {diff.problems.map((problem) => (
          <Alert
            key={`${problem.field} ${problem.problem}`}
            color="red"
            py="xs"
            title="It cannot be made"
          >
            {problem.field && <Code>{problem.field}</Code>} {problem.problem}
            {problem.allowed && ` (${problem.allowed})`}
          </Alert>
        ))}
        {diff.conflict && (
          <Alert color="yellow" title="Changed by somebody else meanwhile">
            <Stack gap="xs" align="flex-start">
              <Text size="sm" component="div">
                {diff.conflict.problem}
                {diff.conflict.changed_by && (
                  <>
                    {" "}
                    Last by {diff.conflict.changed_by},{" "}
                    <Time seconds={diff.conflict.change_time_sec} />.
                  </>
                )}
              </Text>
              {diff.conflict.changes && diff.conflict.changes.length > 0 && (
                <PathChanges changes={diff.conflict.changes} />
              )}
              {editable && (
                <Button
                  size="xs"
                  variant="default"
                  loading={act.isPending}
                  onClick={() =>
                    act.mutate(
                      {
                        action: "rebase",
                        body: { changes: [diff.number], definitions_version: definitionsVersion },
                      },
                      { onError: (error) => sayError(error) },
                    )
                  }
                >
                  Make the change on what is there now
                </Button>
              )}
            </Stack>
          </Alert>
        )}
        {diff.action === "update" && <PathChanges changes={diff.changes} />}
        {diff.action === "create" && diff.after !== undefined && (
          <PathChanges changes={saidBy(diff.after)} isNew />
        )}
        {(diff.before !== undefined || diff.after !== undefined) && (
          <>
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => setShowsAll(!showsAll)}
              aria-expanded={showsAll}
              style={{ alignSelf: "flex-start" }}
            >
              {showsAll ? "Less" : "The whole definition"}
            </Button>
            {showsAll && (
              <TextDifference before={documentText(diff.before)} after={documentText(diff.after)} />
            )}
          </>
        )}
      </Stack>
    </Card>
  );
}

/** What differs, a row for each path. */
export function PathChanges({
  changes,
  isNew = false,
}: {
  changes: readonly Diff["definitions"][number]["changes"][number][];
  /** Whether there is nothing before. */
  isNew?: boolean;
}) {
  if (changes.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing differs from what is there now.
      </Text>
    );
  }
  return (
    <Table.ScrollContainer minWidth={360} type="native">
      <Table fz="sm" layout="auto" aria-label="What differs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Where</Table.Th>
            {!isNew && <Table.Th>Before</Table.Th>}
            <Table.Th>{isNew ? "Value" : "After"}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.map((change) => (
            <Table.Tr key={change.path}>
              <Table.Td>
                <Code>{shortPath(change.path)}</Code>
              </Table.Td>
              {!isNew && (
                <Table.Td>
                  <Value value={change.before} />
                </Table.Td>
              )}
              <Table.Td>
                <Value value={change.after} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const SHOWN_CHARS_MAX = 240;

function Value({ value }: { value: unknown }) {
  if (value === undefined) {
    return (
      <Text span inherit c="dimmed">
        nothing
      </Text>
    );
  }
  const text = valueText(value);
  const shown = text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
  return <span className={classes.value}>{shown || '""'}</span>;
}

function documentText(document: unknown): string {
  return document === undefined ? "" : JSON.stringify(document, null, 2);
}
