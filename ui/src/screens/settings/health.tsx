/** How the server is, and what to do where it is not well. */

import { Alert, Badge, Card, Group, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { ErrorPanel, Waiting } from "@/shared/feedback";
import { Time } from "@/shared/time";
import { useStatus } from "../home/home-queries";
import { IngestionCard } from "../home/ingestion";
import { SettingsPage } from "./settings-page";

/** The server's health. */
export function HealthScreen() {
  const status = useStatus();
  return (
    <SettingsPage
      tab="health"
      lead="Whether everything works, as the process that answers sees it."
    >
      {status.isPending ? (
        <Waiting />
      ) : status.isError ? (
        <ErrorPanel error={status.error} retry={() => status.refetch()} />
      ) : (
        <Stack>
          {status.data.problems.map((problem) => (
            <Alert key={problem} color="red" title="The server cannot serve">
              {problem}. Its log has the details.
            </Alert>
          ))}
          {status.data.worker_running === false && (
            <Alert color="red" title="The worker process does not run">
              Events are kept and will be applied once it runs again. It is started again by itself:
              if that does not help, the server’s log says why.
            </Alert>
          )}
          <SimpleGrid cols={{ base: 1, lg: 2 }}>
            <IngestionCard />
            <Card component="section" aria-label="Numbers">
              <Title order={2} mb="sm">
                Numbers
              </Title>
              <Table>
                <Table.Tbody>
                  <Fact name="Serving">
                    <Badge color={status.data.problems.length ? "red" : "teal"}>
                      {status.data.problems.length ? "No" : "Yes"}
                    </Badge>
                  </Fact>
                  <Fact name="Worker process">
                    {status.data.worker_running === undefined
                      ? "runs elsewhere"
                      : status.data.worker_running
                        ? "runs"
                        : "does not run"}
                  </Fact>
                  <Fact name="Running since">
                    <Time seconds={status.data.start_time_sec} full />
                  </Fact>
                  <Fact name="Version of the definitions">{status.data.definitions_version}</Fact>
                  <Fact name="Events applied">
                    {status.data.ingestion.events_applied.toLocaleString("en")}
                  </Fact>
                  <Fact name="Sent again and left out">
                    {status.data.ingestion.events_duplicate.toLocaleString("en")}
                  </Fact>
                  <Fact name="Dead letters">
                    {status.data.ingestion.dead_letters.toLocaleString("en")}
                  </Fact>
                  <Fact name="Waiting for analytics">
                    {status.data.ingestion.analytics_waiting.toLocaleString("en")}
                  </Fact>
                  <Fact name="Waiting for new audiences">
                    {status.data.ingestion.memberships_waiting.toLocaleString("en")}
                  </Fact>
                </Table.Tbody>
              </Table>
            </Card>
          </SimpleGrid>
          <Group>
            <Text size="sm" c="dimmed">
              Prometheus reads more at <code>/metrics</code> of the port that the setting{" "}
              <code>metrics_port</code> names.
            </Text>
          </Group>
        </Stack>
      )}
    </SettingsPage>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th fw={500} w="55%">
        {name}
      </Table.Th>
      <Table.Td>{children}</Table.Td>
    </Table.Tr>
  );
}
