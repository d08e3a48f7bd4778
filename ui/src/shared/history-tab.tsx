/** The history of a definition: every change with who, when and why, its diff, and the way back. */

import {
  Badge,
  Box,
  Button,
  Checkbox,
  Collapse,
  Group,
  Paper,
  Stack,
  Text,
  TextInput,
  UnstyledButton,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronRight, IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call, pathOf } from "@/api/client";
import { KINDS, type Kind, useRefreshDefinitions } from "@/api/definitions";
import { useMay } from "@/session/session";
import { TextDifference } from "./code";
import { ConfirmDialog } from "./dialogs";
import { EmptyState, ErrorPanel, say, Waiting } from "./feedback";
import { actionOf, authorOf, changedPaths, type Revision, shownText } from "./revisions";
import { Time } from "./time";
import type { UrlState } from "./url-state";

const PAGE = 50;
const PATHS_MAX = 6;

interface RevisionPage {
  revisions: Revision[];
  page_options: { next_cursor: string };
}

/** The tab; `id` is that of the definition, which stays when its name changes. */
export function HistoryTab({ kind, id }: { kind: Kind; id: string }) {
  const history = useInfiniteQuery({
    queryKey: ["definitions", kind, "history", id],
    queryFn: ({ signal, pageParam }) =>
      call<RevisionPage>("GET", pathOf(`/v1/console/${kind}/{id}/revision`, id), {
        query: { "pagination.limit": PAGE, "pagination.cursor": pageParam },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.page_options.next_cursor || undefined,
  });
  const [restoring, setRestoring] = useState<Revision | null>(null);
  const mayWrite = useMay(KINDS[kind].entity, "write");
  if (history.isPending) {
    return <Waiting />;
  }
  if (history.isError) {
    return <ErrorPanel error={history.error} retry={() => history.refetch()} />;
  }
  const revisions = history.data.pages.flatMap((page) => page.revisions);
  if (revisions.length === 0) {
    return (
      <EmptyState title="No changes yet" icon={<IconHistory size={28} stroke={1.5} />}>
        It came with the server. From the first change on, this lists who changed what, and why.
      </EmptyState>
    );
  }
  return (
    <Stack maw={980}>
      <Text size="sm" c="dimmed">
        Every change, the newest first. Open one to see what it changed, or to make the{" "}
        {KINDS[kind].one} again what it was then.
      </Text>
      <Stack gap="xs" component="ol" m={0} p={0} style={{ listStyle: "none" }}>
        {revisions.map((revision, index) => (
          <RevisionCard
            key={revision.version}
            revision={revision}
            isNewest={index === 0}
            onRestore={
              mayWrite && index > 0 && revision.after ? () => setRestoring(revision) : undefined
            }
          />
        ))}
      </Stack>
      {history.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={history.isFetchingNextPage}
            onClick={() => history.fetchNextPage()}
          >
            Show earlier changes
          </Button>
        </Group>
      )}
      {restoring && (
        <RestoreDialog
          kind={kind}
          id={id}
          revision={restoring}
          current={revisions[0]}
          onClose={() => setRestoring(null)}
        />
      )}
    </Stack>
  );
}

function RevisionCard({
  revision,
  isNewest,
  onRestore,
}: {
  revision: Revision;
  isNewest: boolean;
  onRestore?: () => void;
}) {
  const [opened, { toggle }] = useDisclosure(isNewest);
  const paths = changedPaths(revision);
  return (
    <Paper component="li" withBorder>
      <UnstyledButton onClick={toggle} aria-expanded={opened} p="sm" w="100%">
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <IconChevronRight
            size={16}
            style={{
              transform: opened ? "rotate(90deg)" : undefined,
              flexShrink: 0,
              marginTop: 3,
            }}
          />
          <Box style={{ minWidth: 0, flex: 1 }}>
            <Group gap="xs">
              <Badge color={LOOKS[actionOf(revision)]}>{WORDS[actionOf(revision)]}</Badge>
              <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
                {authorOf(revision.changed_by)}
              </Text>
              <Text size="sm" c="dimmed" component="span">
                <Time seconds={revision.change_time_sec} />
              </Text>
              {isNewest && <Badge color="teal">Now</Badge>}
            </Group>
            {revision.note && (
              <Text size="sm" mt={2} style={{ overflowWrap: "anywhere" }}>
                {revision.note}
              </Text>
            )}
            {actionOf(revision) === "update" && paths.length > 0 && (
              <Text size="xs" c="dimmed" mt={2} truncate>
                {paths.slice(0, PATHS_MAX).join(", ")}
                {paths.length > PATHS_MAX && ` and ${paths.length - PATHS_MAX} more`}
              </Text>
            )}
          </Box>
        </Group>
      </UnstyledButton>
      <Collapse expanded={opened}>
        {opened && (
          <Stack p="sm" pt={0} gap="sm">
            <Group gap="xs" justify="space-between">
              <Text size="xs" c="dimmed">
                Version {revision.version}, <Time seconds={revision.change_time_sec} full />
              </Text>
              {onRestore && (
                <Button size="xs" variant="default" onClick={onRestore}>
                  Make it this again
                </Button>
              )}
            </Group>
            <TextDifference before={shownText(revision.before)} after={shownText(revision.after)} />
          </Stack>
        )}
      </Collapse>
    </Paper>
  );
}

const WORDS = { create: "Created", update: "Changed", delete: "Deleted" } as const;
const LOOKS = { create: "teal", update: "blue", delete: "red" } as const;

/** Shows what going back would change, asks why, and goes back by a change like any other. */
function RestoreDialog({
  kind,
  id,
  revision,
  current,
  onClose,
}: {
  kind: Kind;
  id: string;
  revision: Revision;
  current: Revision | undefined;
  onClose: () => void;
}) {
  const [note, setNote] = useState("");
  const [force, setForce] = useState(false);
  const refresh = useRefreshDefinitions();
  const navigate = useNavigate();
  const restore = async () => {
    const restored = await call<{ name: string }>(
      "POST",
      pathOf(`/v1/console/${kind}/{id}/revision/{revision}/restore`, id, revision.version),
      { body: { version: current?.version, note, ...(force ? { force } : {}) } },
    );
    if (restored.name !== current?.after?.name) {
      // The page goes by the name.
      const to: string = `${KINDS[kind].screen}/${encodeURIComponent(restored.name)}`;
      await navigate({ to, search: ((before: UrlState) => before) as never });
    }
    await refresh();
  };
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Make this ${KINDS[kind].one} what it was?`}
      confirm="Restore"
      onConfirm={async () => {
        await restore();
        say(`The ${KINDS[kind].one} is again what it was.`);
      }}
    >
      <Stack gap="sm">
        <div>
          It becomes what the change of <Time seconds={revision.change_time_sec} full /> left, at
          once and for all players. This would change:
        </div>
        <TextDifference before={shownText(current?.after)} after={shownText(revision.after)} />
        <TextInput
          label="Why? (for the history)"
          value={note}
          maxLength={1000}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {kind === "experiment" && (
          <Checkbox
            label="Also if that biases the experiment while it runs"
            description="Its results then say so"
            checked={force}
            onChange={(event) => setForce(event.currentTarget.checked)}
          />
        )}
      </Stack>
    </ConfirmDialog>
  );
}
