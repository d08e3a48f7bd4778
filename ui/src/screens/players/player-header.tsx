/** Who a player is, and what can be done with them. */

import { ActionIcon, Badge, Button, Group, Menu, Text } from "@mantine/core";
import { IconDeviceMobile, IconDots, IconDownload, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "@/session/session";
import { CopyButton } from "@/shared/copy-button";
import { Time } from "@/shared/time";
import { ErasePlayerDialog } from "./erase-player";
import { exportAddress, type Player } from "./player-api";
import { offsetText } from "./player-words";
import { TestDeviceDialog } from "./test-device";

/** What stands beside the id: a button that copies it, and that it is a test device. */
export function PlayerBadges({ player }: { player: Player }) {
  return (
    <>
      <CopyButton value={player.id} label="Copy the id" />
      {player.is_test && (
        <Badge color="grape" leftSection={<IconDeviceMobile size={12} />}>
          Test device, {offsetText(Number(player.clock_offset_sec ?? 0))}
        </Badge>
      )}
    </>
  );
}

/** When a player was seen, and under which other ids. */
export function PlayerLead({ player }: { player: Player }) {
  const session = player.current_session;
  return (
    <Group gap="md" style={{ rowGap: 2 }}>
      <span>
        First seen <Time seconds={player.create_time_sec} />
      </span>
      <span>
        {session ? (
          <>
            Last seen <Time seconds={session.active_time_sec} />
            {session.ended && ", signed out"}
          </>
        ) : (
          "No session yet"
        )}
      </span>
      {player.aliases.length > 0 && (
        <span>
          Also{" "}
          {player.aliases.slice(0, 5).map((alias, index) => (
            <Text span inherit key={alias.id}>
              {index > 0 && ", "}
              <Text span inherit ff="monospace">
                {alias.id}
              </Text>{" "}
              (merged <Time seconds={alias.merge_time_sec} />)
            </Text>
          ))}
          {player.aliases.length > 5 &&
            ` and ${(player.aliases.length - 5).toLocaleString("en")} more`}
        </span>
      )}
    </Group>
  );
}

/** Exporting, the test device, and erasing, to whom they are allowed. */
export function PlayerActions({ player }: { player: Player }) {
  const mayWrite = useMay("identity", "write");
  const mayDelete = useMay("identity", "delete");
  const [device, setDevice] = useState(false);
  const [erase, setErase] = useState(false);
  return (
    <>
      {mayWrite && (
        <Button
          variant="default"
          leftSection={<IconDeviceMobile size={16} />}
          onClick={() => setDevice(true)}
        >
          Test device
        </Button>
      )}
      <Button
        variant="default"
        leftSection={<IconDownload size={16} />}
        component="a"
        href={exportAddress(player.id)}
        download={`${player.id}.json`}
      >
        Export
      </Button>
      {mayDelete && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="default" size={36} aria-label="More actions">
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              color="red"
              leftSection={<IconTrash size={16} />}
              onClick={() => setErase(true)}
            >
              Erase this player…
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <TestDeviceDialog player={player} opened={device} onClose={() => setDevice(false)} />
      <ErasePlayerDialog id={player.id} opened={erase} onClose={() => setErase(false)} />
    </>
  );
}
