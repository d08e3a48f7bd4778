/** The lists of an audience: players who are in, or out, whatever its filter says. */

import {
  ActionIcon,
  Alert,
  Button,
  Card,
  Group,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
} from "@mantine/core";
import { IconFileImport, IconKey, IconTrash } from "@tabler/icons-react";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, call, pathOf, type Schemas } from "@/api/client";
import { type Definitions, useRefreshDefinitions } from "@/api/definitions";
import { useMay } from "@/session/session";
import { type Column, CursorTable } from "@/shared/data-table";
import { EmptyState, ErrorPanel, say, sayError } from "@/shared/feedback";
import { TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { idsOf } from "./id-file";
import { ImportDialog } from "./import-dialog";
import { ListChanges } from "./list-changes";

type Audience = Definitions["audience"];
type Entries = Schemas["EntryList"];
type Entry = Entries["entries"][number];
type Changed = Schemas["ListChangedMessage"];

export type Listing = "include" | "exclude";

const PAGE = 50;
const MEANINGS: Record<Listing, string> = {
  include: "They are in, even if the filter says no.",
  exclude: "They are out, even if the filter or the include list says yes.",
};

export function ListsTab({ audience }: { audience: Audience }) {
  const [url, setUrl] = useUrlState();
  const listing: Listing = url.list === "exclude" ? "exclude" : "include";
  const mayWrite = useMay("audience", "write") && !audience.managed;
  const [isImporting, setIsImporting] = useState(false);
  return (
    <Stack gap="lg">
      {audience.managed && (
        <Alert color="blue" variant="light" icon={<IconKey />} title="A server manages these lists">
          Only calls with a server key change them: PUT{" "}
          <code>/v1/console/audience/{audience.id}/include</code>, or an import for a whole new
          list.
        </Alert>
      )}
      <Group justify="space-between">
        <Group gap="sm">
          <SegmentedControl
            aria-label="Which list"
            data={[
              {
                value: "include",
                label: `Included (${audience.include_count.toLocaleString("en")})`,
              },
              {
                value: "exclude",
                label: `Excluded (${audience.exclude_count.toLocaleString("en")})`,
              },
            ]}
            value={listing}
            onChange={(list) => setUrl({ list: list === "include" ? "" : list, cursor: "", q: "" })}
          />
          <Text size="sm" c="dimmed">
            {MEANINGS[listing]}
          </Text>
        </Group>
        {mayWrite && (
          <Button
            variant="default"
            leftSection={<IconFileImport size={16} />}
            onClick={() => setIsImporting(true)}
          >
            Import a file
          </Button>
        )}
      </Group>
      {mayWrite && <AddIds key={listing} audience={audience} listing={listing} />}
      <EntryTable audience={audience} listing={listing} mayWrite={mayWrite} />
      <ListChanges audience={audience} />
      {isImporting && (
        <ImportDialog audience={audience} listing={listing} onClose={() => setIsImporting(false)} />
      )}
    </Stack>
  );
}

function AddIds({ audience, listing }: { audience: Audience; listing: Listing }) {
  const [text, setText] = useState("");
  const refresh = useRefreshDefinitions();
  const ids = idsOf(text);
  const add = useMutation({
    mutationFn: () =>
      call<Changed>("PUT", pathOf(`/v1/console/audience/{id}/${listing}`, audience.id), {
        body: { entries: ids.map((identity_id) => ({ identity_id })) },
      }),
    onSuccess: async (done) => {
      setText("");
      say(`${done.added.toLocaleString("en")} added to the ${listing} list.`);
      await refresh();
    },
  });
  return (
    <Card withBorder>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Stack gap="xs" align="flex-start">
          <Textarea
            label={listing === "include" ? "Include players" : "Exclude players"}
            description="Ids of players, one in each line. They need not have played yet."
            autosize
            minRows={2}
            maxRows={8}
            w="100%"
            maw={560}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            error={add.error ? firstProblem(add.error, ids) : undefined}
          />
          <Button type="submit" disabled={ids.length === 0} loading={add.isPending}>
            {ids.length > 1 ? `Add ${ids.length.toLocaleString("en")} players` : "Add"}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}

/** The first thing that is wrong, with the id that it is about. */
export function firstProblem(error: Error, ids: readonly string[]): string {
  if (!(error instanceof ApiError)) {
    return error.message;
  }
  const [field, problem] = Object.entries(error.fields)[0] ?? [];
  const index = /entries\[(\d+)\]/.exec(field ?? "")?.[1];
  return index !== undefined && problem ? `${ids[Number(index)]}: ${problem}` : error.message;
}

function EntryTable({
  audience,
  listing,
  mayWrite,
}: {
  audience: Audience;
  listing: Listing;
  mayWrite: boolean;
}) {
  const [url, setUrl] = useUrlState();
  const refresh = useRefreshDefinitions();
  const cursor = url.cursor ?? "";
  const prefix = url.q ?? "";
  const path = pathOf(`/v1/console/audience/{id}/${listing}`, audience.id);
  const entries = useQuery({
    queryKey: ["definitions", "audience", "entries", audience.id, listing, prefix, cursor],
    queryFn: ({ signal }) =>
      call<Entries>("GET", path, {
        query: {
          "pagination.limit": PAGE,
          "pagination.cursor": cursor,
          "search.id.like": prefix,
        },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
  const remove = useMutation({
    mutationFn: (id: string) => call<Changed>("DELETE", path, { query: { id } }),
    onSuccess: async (_, id) => {
      say(`${id} is off the ${listing} list.`);
      await refresh();
    },
    onError: (error) => sayError(error, "Not removed"),
  });
  const columns: Column<Entry>[] = [
    {
      key: "id",
      header: "Player",
      cell: (entry) => (
        <TextLink to={`/players/${encodeURIComponent(entry.identity_id)}`} fw={600}>
          {entry.identity_id}
        </TextLink>
      ),
    },
    {
      key: "until",
      header: "Until",
      width: 200,
      cell: (entry) =>
        entry.until_time_sec ? <Time seconds={entry.until_time_sec} full /> : "For good",
    },
    ...(mayWrite
      ? [
          {
            key: "remove",
            header: "",
            width: 60,
            cell: (entry: Entry) => (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`Take ${entry.identity_id} off the list`}
                loading={remove.isPending && remove.variables === entry.identity_id}
                onClick={() => remove.mutate(entry.identity_id)}
              >
                <IconTrash size={16} />
              </ActionIcon>
            ),
          },
        ]
      : []),
  ];
  return entries.isError ? (
    <ErrorPanel error={entries.error} retry={() => entries.refetch()} />
  ) : (
    <CursorTable
      label={listing === "include" ? "Included players" : "Excluded players"}
      rows={entries.data?.entries}
      columns={columns}
      rowKey={(entry) => entry.identity_id}
      pending={entries.isPending}
      search={prefix}
      onSearch={(text) => setUrl({ q: text, cursor: "" })}
      searchPlaceholder="Ids that begin with"
      nextCursor={entries.data?.page_options.next_cursor}
      prevCursor={entries.data?.page_options.prev_cursor}
      onCursor={(next) => setUrl({ cursor: next })}
      empty={
        <EmptyState title="Nobody is on this list">
          {mayWrite
            ? "Add ids above, or import a file of them."
            : "The filter alone decides, or other lists."}
        </EmptyState>
      }
    />
  );
}
