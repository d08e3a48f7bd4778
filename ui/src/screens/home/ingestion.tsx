/** The health of ingestion: what comes in, what is refused, and how far behind profiles are. */

import { Card, Group, SimpleGrid, Text, Title } from "@mantine/core";
import { ErrorPanel, Waiting } from "@/shared/feedback";
import { MinuteBars } from "@/shared/minute-bars";
import { TextLink } from "@/shared/page";
import { formatTime, useZone } from "@/shared/time";
import { useStatus } from "./home-queries";

/** Events of the last hour by the minute, and the lag. */
export function IngestionCard() {
  const status = useStatus();
  const [zone] = useZone();
  return (
    <Card component="section" aria-label="Ingestion">
      <Group justify="space-between" mb="sm">
        <Title order={2}>Ingestion</Title>
        <TextLink to="/taxonomy/tail">Live tail</TextLink>
      </Group>
      {status.isPending ? (
        <Waiting />
      ) : status.isError ? (
        <ErrorPanel error={status.error} retry={() => status.refetch()} />
      ) : (
        <>
          <SimpleGrid cols={3} mb="md">
            <Figure
              label="Events a minute"
              value={perMinute(status.data.ingestion.minutes).toLocaleString("en")}
            />
            <Figure
              label="Refused, last hour"
              value={total(status.data.ingestion.minutes, "refused").toLocaleString("en")}
              bad={total(status.data.ingestion.minutes, "refused") > 0}
            />
            <Figure
              label="Profiles behind"
              value={lagText(status.data.ingestion.lag_seconds)}
              bad={status.data.ingestion.lag_seconds > 10}
            />
          </SimpleGrid>
          <MinuteBars
            label={`Events of the last hour: ${total(status.data.ingestion.minutes, "accepted").toLocaleString("en")} accepted, ${total(status.data.ingestion.minutes, "refused").toLocaleString("en")} refused`}
            bars={status.data.ingestion.minutes.map((minute) => ({
              title: `${formatTime(new Date(Number(minute.time_sec) * 1000), zone)}: ${minute.accepted.toLocaleString("en")} accepted, ${minute.refused.toLocaleString("en")} refused`,
              value: minute.accepted,
              bad: minute.refused,
            }))}
          />
          <Group justify="space-between" mt={4}>
            <Text size="xs" c="dimmed">
              an hour ago
            </Text>
            <Text size="xs" c="dimmed">
              now
            </Text>
          </Group>
        </>
      )}
    </Card>
  );
}

type Minute = { accepted: number; refused: number };

/** The events of the last minute that is over. */
function perMinute(minutes: readonly Minute[]): number {
  return minutes.at(-2)?.accepted ?? 0;
}

function total(minutes: readonly Minute[], field: keyof Minute): number {
  return minutes.reduce((sum, minute) => sum + minute[field], 0);
}

function lagText(seconds: number): string {
  return seconds < 1 ? "under 1 s" : `${Math.round(seconds).toLocaleString("en")} s`;
}

function Figure({ label, value, bad = false }: { label: string; value: string; bad?: boolean }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text fz="xl" fw={650} c={bad ? "red" : undefined}>
        {value}
      </Text>
    </div>
  );
}
