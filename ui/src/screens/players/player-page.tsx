/** One player: who they are, what they did, and what they get. */

import { Alert, Card, Stack, Tabs } from "@mantine/core";
import { IconArrowMerge, IconUserQuestion } from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ApiError } from "@/api/client";
import { useSession } from "@/session/session";
import { EmptyState, ErrorPanel, Waiting } from "@/shared/feedback";
import { Page, TextLink } from "@/shared/page";
import { useUrlState } from "@/shared/url-state";
import { AudiencesTab } from "./audiences-tab";
import { EventsTab } from "./events-tab";
import { ExperimentsTab } from "./experiments-tab";
import { FlagsTab } from "./flags-tab";
import { LiveEventsTab } from "./live-events-tab";
import { type Player, usePlayer } from "./player-api";
import { PlayerActions, PlayerBadges, PlayerLead } from "./player-header";
import { ProfileTab } from "./profile-tab";

interface TabPlace {
  key: string;
  label: string;
  /** The entity that one must be allowed to read. */
  entity: string;
  panel: (player: Player) => ReactNode;
}

const TABS: TabPlace[] = [
  {
    key: "profile",
    label: "Profile",
    entity: "identity",
    panel: (player) => <ProfileTab player={player} />,
  },
  {
    key: "events",
    label: "Events",
    entity: "event",
    panel: (player) => <EventsTab id={player.id} />,
  },
  {
    key: "audiences",
    label: "Audiences",
    entity: "identity",
    panel: (player) => <AudiencesTab id={player.id} />,
  },
  {
    key: "flags",
    label: "Flags",
    entity: "identity",
    panel: (player) => <FlagsTab id={player.id} />,
  },
  {
    key: "experiments",
    label: "Experiments",
    entity: "identity",
    panel: (player) => <ExperimentsTab id={player.id} />,
  },
  {
    key: "live-events",
    label: "Live events",
    entity: "identity",
    panel: (player) => <LiveEventsTab id={player.id} />,
  },
];

/** What of the address belongs to one tab and not to the next. */
const OF_A_TAB = ["q", "page", "sort", "cursor", "name", "from", "until", "view", "only"];

const CRUMBS = [{ label: "Players", to: "/players" }];

/** The page of the player whom the address names. */
export function PlayerScreen() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const player = usePlayer(id);
  if (player.data === undefined) {
    return (
      <Page title={id} crumbs={CRUMBS}>
        {player.error instanceof ApiError && player.error.status === 404 ? (
          <NoSuchPlayer />
        ) : player.error ? (
          <ErrorPanel error={player.error} retry={() => player.refetch()} />
        ) : (
          <Waiting />
        )}
      </Page>
    );
  }
  return <PlayerPage player={player.data} askedId={id} />;
}

function NoSuchPlayer() {
  return (
    <Card padding={0}>
      <EmptyState
        title="There is no player of this id"
        icon={<IconUserQuestion size={28} stroke={1.5} />}
        action={<TextLink to="/players">All players</TextLink>}
      >
        Ids are told apart by upper and lower case. Who was erased is gone: only the{" "}
        <TextLink to="/players/erasures">receipt</TextLink> is left.
      </EmptyState>
    </Card>
  );
}

function PlayerPage({ player, askedId }: { player: Player; askedId: string }) {
  const { may } = useSession();
  const [url, setUrl] = useUrlState();
  const tabs = TABS.filter((tab) => may(tab.entity, "read"));
  const current = tabs.find((tab) => tab.key === url.tab) ?? tabs[0];
  return (
    <Page
      title={player.id}
      crumbs={CRUMBS}
      badges={<PlayerBadges player={player} />}
      lead={<PlayerLead player={player} />}
      actions={<PlayerActions player={player} />}
    >
      {player.merged_id && (
        <Alert icon={<IconArrowMerge />} title={`${askedId} is part of this player now`}>
          Somebody identified themselves: what {askedId} did belongs to {player.id} since then.
        </Alert>
      )}
      <Tabs
        value={current?.key}
        onChange={(key) =>
          setUrl({
            ...Object.fromEntries(OF_A_TAB.map((name) => [name, ""])),
            tab: key === tabs[0]?.key ? "" : (key ?? ""),
          })
        }
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          {tabs.map((tab) => (
            <Tabs.Tab key={tab.key} value={tab.key}>
              {tab.label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map((tab) => (
          <Tabs.Panel key={tab.key} value={tab.key}>
            <Stack>{tab.panel(player)}</Stack>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
