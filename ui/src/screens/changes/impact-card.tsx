/** How many players a set touches, and how. */

import { Card, Stack, Text, Title } from "@mantine/core";
import { ErrorPanel, Waiting } from "@/shared/feedback";
import { ImpactReport } from "@/shared/saving/impact-dialog";
import { useSetImpact } from "./queries";

/** The impact of a set that can be published as it is. */
export function ImpactCard({
  id,
  version,
  ready,
}: {
  id: string;
  version: string;
  ready: boolean;
}) {
  const impact = useSetImpact(id, version, ready);
  return (
    <Stack gap="sm">
      <Title order={2}>For players</Title>
      <Card>
        {!ready ? (
          <Text size="sm" c="dimmed">
            What it would do to players shows here once nothing stands in its way.
          </Text>
        ) : impact.isPending ? (
          <Waiting label="Looking at players" />
        ) : impact.isError ? (
          <ErrorPanel error={impact.error} retry={() => impact.refetch()} />
        ) : (
          <ImpactReport impact={impact.data} />
        )}
      </Card>
    </Stack>
  );
}
