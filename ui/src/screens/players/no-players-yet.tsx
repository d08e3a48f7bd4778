/** What to do where there are no players yet. */

import { Code, Stack, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { basePath } from "@/api/client";
import { CopyButton } from "@/shared/copy-button";
import { EmptyState } from "@/shared/feedback";
import { firstSessionCommand } from "./player-words";

/** How players come to be: by their first session, or by an import. */
export function NoPlayersYet() {
  const command = firstSessionCommand(`${window.location.origin}${basePath}`);
  return (
    <EmptyState title="No players yet" icon={<IconUsers size={28} stroke={1.5} />}>
      <Stack gap="sm" align="center">
        <Text size="sm">
          A player is here as soon as the game has opened their first session, with any Satori
          client and an API key of Settings → Keys. By hand it is one call:
        </Text>
        <Code block w="100%" ta="left" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {command}
        </Code>
        <CopyButton value={command} label="Copy the call" text />
        <Text size="sm">
          Players of another system come over with <Code>matsuri import</Code>, or with{" "}
          <Code>POST /v1/console/identity/import</Code>.
        </Text>
      </Stack>
    </EmptyState>
  );
}
