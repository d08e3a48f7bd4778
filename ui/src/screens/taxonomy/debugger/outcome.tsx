/** What would become, or became, of refused events. */

import { Alert, List, Stack, Table, Text } from "@mantine/core";
import { IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import type { Schemas } from "@/api/client";
import type { Refusal } from "./queries";
import { REASONS } from "./reasons";

/** How many pass, and why the others do not. `done`: it has happened. */
export function OutcomeView({
  passed,
  refused,
  skipped,
  done,
}: {
  passed: number;
  refused: Refusal[];
  skipped: Schemas["SkippedMessage"];
  done: boolean;
}) {
  const left = refused.reduce((sum, each) => sum + each.count, 0);
  const notes = skippedWords(skipped);
  return (
    <Stack gap="sm" aria-live="polite">
      <Alert
        color={passed > 0 ? "teal" : "gray"}
        variant="light"
        icon={passed > 0 ? <IconCircleCheck /> : <IconInfoCircle />}
        title={headline(passed, passed + left, done)}
        p="sm"
      >
        {done &&
          passed > 0 &&
          "They keep their ids, times, sessions and API keys, and count as if they had been accepted when they came."}
      </Alert>
      {refused.length > 0 && <RefusalTable refused={refused} done={done} />}
      {notes.length > 0 && (
        <List size="sm" c="dimmed" spacing={2}>
          {notes.map((note) => (
            <List.Item key={note}>{note}</List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}

function headline(passed: number, all: number, done: boolean): string {
  const count = passed.toLocaleString("en");
  if (all === 0) {
    return done ? "There was nothing to replay" : "There is nothing to replay";
  }
  const of = passed === all ? count : `${count} of ${all.toLocaleString("en")}`;
  return done ? `${of} replayed` : `${of} would be accepted`;
}

function RefusalTable({ refused, done }: { refused: Refusal[]; done: boolean }) {
  return (
    <Table aria-label={done ? "Still refused" : "Would still be refused"} layout="fixed">
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={130}>{done ? "Still refused" : "Not accepted"}</Table.Th>
          <Table.Th>Such as</Table.Th>
          <Table.Th w={80} ta="right">
            Events
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {refused.map((each) => (
          <Table.Tr key={each.reason}>
            <Table.Td>{REASONS[each.reason].label}</Table.Td>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              <Text size="xs">{each.problem}</Text>
            </Table.Td>
            <Table.Td ta="right">{each.count.toLocaleString("en")}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function skippedWords(skipped: Schemas["SkippedMessage"]): string[] {
  const words: [number, string][] = [
    [skipped.closed, "count already"],
    [skipped.under_way, "are being replayed already"],
    [skipped.cut_off, "were too long to be kept whole, and cannot be replayed"],
    [skipped.unknown, "are no longer kept"],
  ];
  return words
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count.toLocaleString("en")} ${what}.`);
}
