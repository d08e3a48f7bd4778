/** One refused event: field by field, with what is wrong where it is wrong. */

import { Alert, Badge, Group, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { JsonView } from "@/shared/code";
import { TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { fieldsOf, type Refused, SOURCES } from "./reasons";

export function RefusedFacts({ refused }: { refused: Refused }) {
  return (
    <Stack gap="sm" maw={860}>
      {refused.payload_beginning ? (
        <>
          <Alert color="yellow" variant="light" icon={<IconAlertTriangle />} p="sm">
            {refused.problem}. It was too long to be kept whole, so it cannot be replayed. It began
            with:
          </Alert>
          <JsonView label="The beginning of the event" value={refused.payload_beginning} />
        </>
      ) : (
        <FieldTable refused={refused} />
      )}
      <Group gap="lg">
        <Fact name="Player">
          {refused.identity_id ? (
            <TextLink to={`/players/${encodeURIComponent(refused.identity_id)}`}>
              {refused.identity_id}
            </TextLink>
          ) : (
            "None"
          )}
        </Fact>
        <Fact name="Sent by">{SOURCES[refused.source] ?? refused.source}</Fact>
        {refused.api_key && <Fact name="API key">{refused.api_key}</Fact>}
        {refused.session_id && <Fact name="Session">{refused.session_id}</Fact>}
        {refused.close_time_sec && (
          <Fact name="Accepted since">
            <Time seconds={refused.close_time_sec} full />
          </Fact>
        )}
      </Group>
    </Stack>
  );
}

function FieldTable({ refused }: { refused: Refused }) {
  return (
    <Table aria-label="The event field by field" verticalSpacing={4} layout="fixed">
      <Table.Tbody>
        {fieldsOf(refused).map(({ path, text, problem }) => (
          <Table.Tr key={path}>
            <Table.Th scope="row" w={200} fw={500} style={{ overflowWrap: "anywhere" }}>
              {path}
            </Table.Th>
            <Table.Td>
              <Text
                ff="monospace"
                fz="xs"
                c={text === undefined ? "dimmed" : undefined}
                style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}
              >
                {text ?? "left out"}
              </Text>
              {problem && (
                <Group gap={6} mt={4} wrap="nowrap" align="flex-start">
                  <Badge color="red" style={{ flex: "none" }}>
                    Wrong
                  </Badge>
                  <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                    {problem}
                  </Text>
                </Group>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </div>
  );
}
