/** How many players an audience had, over time. */

import { Card, Group, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { call, pathOf, type Schemas } from "@/api/client";
import type { Definitions } from "@/api/definitions";
import { EmptyState, ErrorPanel, Waiting } from "@/shared/feedback";
import { dateOf, formatTime, useZone } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { SizeChart } from "./size-chart";
import { someOf } from "./size-scale";

type Sizes = Schemas["SizeList"];

const DAY_SEC = 86_400;
const DAYS_USUAL = "30";
const ROWS_MAX = 60;

export function SizeTab({ audience }: { audience: Definitions["audience"] }) {
  const [url, setUrl] = useUrlState();
  const [zone] = useZone();
  const days = ["1", "7", "30", "90"].includes(url.days ?? "") ? (url.days as string) : DAYS_USUAL;
  const sizes = useQuery({
    queryKey: ["definitions", "audience", "size", audience.id, days],
    queryFn: ({ signal }) =>
      call<Sizes>("GET", pathOf("/v1/console/audience/{id}/size", audience.id), {
        query: { from: Math.floor(Date.now() / 1000) - Number(days) * DAY_SEC },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
  if (sizes.isPending) {
    return <Waiting />;
  }
  if (sizes.isError) {
    return <ErrorPanel error={sizes.error} retry={() => sizes.refetch()} />;
  }
  const points = sizes.data.sizes.map((size) => ({
    at: Number(size.hour_time_sec),
    value: size.member_count,
  }));
  const shownTime = (seconds: number) => {
    const date = dateOf(String(seconds));
    return date ? formatTime(date, zone) : "";
  };
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {sizes.data.member_count.toLocaleString("en")} players now. One number for each hour: at
          the last look over all players in it.
        </Text>
        <SegmentedControl
          aria-label="How far back"
          data={[
            { value: "1", label: "1 day" },
            { value: "7", label: "7 days" },
            { value: "30", label: "30 days" },
            { value: "90", label: "90 days" },
          ]}
          value={days}
          onChange={(next) => setUrl({ days: next === DAYS_USUAL ? "" : next })}
        />
      </Group>
      <Card withBorder padding={points.length ? "md" : 0}>
        {points.length === 0 ? (
          <EmptyState title="No sizes yet">
            The first one comes with the next look over all players, within the hour.
          </EmptyState>
        ) : (
          <SizeChart points={points} shownTime={shownTime} name={audience.name} />
        )}
      </Card>
      {points.length > 0 && (
        <details>
          <Text component="summary" size="sm">
            The same as a table
          </Text>
          <Table aria-label={`Sizes of ${audience.name}`} mt="xs" maw={420}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Hour</Table.Th>
                <Table.Th ta="right">Players</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {someOf(points, ROWS_MAX)
                .reverse()
                .map((point) => (
                  <Table.Tr key={point.at}>
                    <Table.Td>{shownTime(point.at)}</Table.Td>
                    <Table.Td ta="right">{point.value.toLocaleString("en")}</Table.Td>
                  </Table.Tr>
                ))}
            </Table.Tbody>
          </Table>
        </details>
      )}
    </Stack>
  );
}
