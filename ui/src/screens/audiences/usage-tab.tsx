/** What asks for an audience. */

import { Button, Card, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { call, pathOf, type Schemas } from "@/api/client";
import type { Definitions } from "@/api/definitions";
import { EmptyState, ErrorPanel, Waiting } from "@/shared/feedback";
import { UsedByList } from "@/shared/used-by";

type Usage = Schemas["AudienceUsage"];

export function UsageTab({ audience }: { audience: Definitions["audience"] }) {
  const usage = useInfiniteQuery({
    queryKey: ["definitions", "audience", "usage", audience.id],
    queryFn: ({ signal, pageParam }) =>
      call<Usage>("GET", pathOf("/v1/console/audience/{id}/usage", audience.id), {
        query: { "pagination.limit": 100, "pagination.cursor": pageParam },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.page_options.next_cursor || undefined,
  });
  if (usage.isPending) {
    return <Waiting />;
  }
  if (usage.isError) {
    return <ErrorPanel error={usage.error} retry={() => usage.refetch()} />;
  }
  const users = usage.data.pages.flatMap((page) => page.users);
  return (
    <Card padding={users.length ? "md" : 0} withBorder>
      {users.length === 0 ? (
        <EmptyState title="Nothing asks for this audience">
          Flags, experiments, live events and other audiences can. Until one does, it may be renamed
          and deleted.
        </EmptyState>
      ) : (
        <Stack gap="sm" align="flex-start">
          <Text size="sm" c="dimmed">
            As long as these ask for it, it can be neither renamed nor deleted.
          </Text>
          <UsedByList usedBy={users} count={users.length} />
          {usage.hasNextPage && (
            <Button
              variant="default"
              size="xs"
              loading={usage.isFetchingNextPage}
              onClick={() => usage.fetchNextPage()}
            >
              Show more
            </Button>
          )}
        </Stack>
      )}
    </Card>
  );
}
