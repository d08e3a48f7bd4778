/** All players, found by their ids. */

import { Badge, Button, Checkbox, Select, Text } from "@mantine/core";
import { IconFileShredder } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { type Column, CursorTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { Page, TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { NoPlayersYet } from "./no-players-yet";
import { type PlayerSummary, usePlayers } from "./player-api";
import { playerAddress } from "./player-words";

const PAGE = 50;
const ID_CHARS_MIN = 8;

const COLUMNS: Column<PlayerSummary>[] = [
  {
    key: "id",
    header: "Player",
    cell: (player) => (
      <>
        <TextLink to={playerAddress(player.id)} fw={600}>
          {player.id}
        </TextLink>
        {player.is_test && (
          <Badge color="grape" ml="xs">
            Test device
          </Badge>
        )}
      </>
    ),
  },
  {
    key: "country",
    header: "Country",
    cell: (player) => player.country_code || <Dash />,
    width: 100,
  },
  {
    key: "platform",
    header: "Platform",
    cell: (player) => player.platform || <Dash />,
    width: 110,
  },
  {
    key: "api_key",
    header: "API key",
    wide: true,
    cell: (player) => player.api_key || <Dash />,
    width: 140,
  },
  {
    key: "created",
    header: "First seen",
    cell: (player) => <Time seconds={player.create_time_sec} />,
    width: 150,
  },
  {
    key: "active",
    header: "Last seen",
    cell: (player) => <Time seconds={player.active_time_sec} missing="never" />,
    width: 140,
  },
];

/** The list of players. */
export function PlayerListScreen() {
  const navigate = useNavigate();
  const [url, setUrl] = useUrlState();
  const search = url.q ?? "";
  const tests = url.tests === "1";
  const players = usePlayers({
    "pagination.limit": PAGE,
    "pagination.cursor": url.cursor,
    "search.id.like": search,
    "search.is_test.exact": tests ? true : undefined,
    // What begins with a text is listed by id: the server has no other order for it.
    order: search ? undefined : url.order,
  });
  return (
    <Page
      title="Players"
      lead="Everybody who has played: what they did, what they get, and why."
      actions={
        <Button
          variant="default"
          leftSection={<IconFileShredder size={16} />}
          renderRoot={(props) => <Link to="/players/erasures" {...props} />}
        >
          Erasures
        </Button>
      }
    >
      <CursorTable
        label="Players"
        rows={players.data?.identities}
        columns={COLUMNS}
        rowKey={(player) => player.id}
        search={search}
        onSearch={(text) => setUrl({ q: text.trim(), cursor: "" })}
        searchPlaceholder="Id, or how it begins"
        filtered={tests}
        filters={
          <>
            <Select
              aria-label="Order"
              data={[
                { value: "newest", label: "Newest first" },
                { value: "oldest", label: "Oldest first" },
                { value: "id", label: "By id" },
              ]}
              value={search ? "id" : (url.order ?? "newest")}
              onChange={(order) =>
                setUrl({ order: order === "newest" ? "" : (order ?? ""), cursor: "" })
              }
              disabled={Boolean(search)}
              allowDeselect={false}
              w={150}
            />
            <Checkbox
              label="Test devices only"
              checked={tests}
              onChange={(event) =>
                setUrl({ tests: event.currentTarget.checked ? "1" : "", cursor: "" })
              }
            />
          </>
        }
        error={players.error}
        retry={() => players.refetch()}
        nextCursor={players.data?.page_options.next_cursor}
        prevCursor={players.data?.page_options.prev_cursor}
        onCursor={(cursor) => setUrl({ cursor })}
        onRow={(player) => navigate({ to: playerAddress(player.id) as string })}
        empty={search ? <NobodyBeginsWith text={search} /> : <NoPlayersYet />}
      />
    </Page>
  );
}

function NobodyBeginsWith({ text }: { text: string }) {
  return (
    <EmptyState
      title="No player’s id begins with this"
      action={
        text.length >= ID_CHARS_MIN && (
          <TextLink to={playerAddress(text)}>Look {text} up as it is</TextLink>
        )
      }
    >
      Upper and lower case count. An id that became part of another player is not in the list, but
      leads to that player.
    </EmptyState>
  );
}

function Dash() {
  return (
    <Text span inherit c="dimmed">
      –
    </Text>
  );
}
