/** How games, game servers and tools are connected to this server. */

import { Card, Code, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { basePath } from "@/api/client";
import { CopyButton } from "@/shared/copy-button";
import { TextLink } from "@/shared/page";
import { SettingsPage } from "./settings-page";

/** Addresses and snippets to copy. */
export function IntegrationsScreen() {
  const address = `${window.location.origin}${basePath}`;
  const { hostname, protocol } = window.location;
  const port = window.location.port || (protocol === "https:" ? "443" : "80");
  return (
    <SettingsPage
      tab="integrations"
      lead="Official Satori SDKs, Nakama and OpenFeature are connected by settings alone."
    >
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Integration title="Game clients: Satori SDKs" to="/settings/api-keys" link="API keys">
          <Snippet
            label="JavaScript"
            text={`import { Client } from "@heroiclabs/satori-js";\n\nconst client = new Client("<API key>", "${hostname}", "${port}", ${protocol === "https:"});\nconst session = await client.authenticate("player-0001");`}
          />
        </Integration>
        <Integration title="Game servers: Nakama" to="/settings/server-keys" link="Server keys">
          <Snippet
            label="nakama.yml"
            text={`satori:\n  url: "${address}"\n  api_key_name: "default"\n  api_key: "<API key>"\n  server_key: "<server key>"\n  signing_key: "<the server's signing key>"`}
          />
        </Integration>
        <Integration title="OpenFeature (OFREP)" to="/flags" link="Flags">
          <Snippet
            label="Where providers read flags"
            text={`base URL: ${address}\nheader:   X-API-Key: <API key>`}
          />
        </Integration>
        <Integration title="Definitions as code" to="/settings/server-keys" link="Server keys">
          <Snippet
            label="A folder in version control"
            text={`export MATSURI_URL=${address}\nexport MATSURI_SERVER_KEY=<server key>\nmatsuri pull --server $MATSURI_URL\nmatsuri plan --server $MATSURI_URL`}
          />
        </Integration>
        <Integration title="Prometheus">
          <Text size="sm">
            Metrics are at <Code>/metrics</Code>, on the port that the setting{" "}
            <Code>metrics_port</Code> names.
          </Text>
        </Integration>
        <Integration title="API reference">
          <Text size="sm" component="div">
            <a href={`${basePath}/docs`}>Every endpoint</a>, and the{" "}
            <a href={`${basePath}/openapi.json`}>OpenAPI document</a> to generate clients from.
          </Text>
        </Integration>
      </SimpleGrid>
    </SettingsPage>
  );
}

function Integration({
  title,
  to,
  link,
  children,
}: {
  title: string;
  to?: string;
  link?: string;
  children: ReactNode;
}) {
  return (
    <Card component="section" aria-label={title}>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {title}
        </Title>
        {to && link && <TextLink to={to}>{link}</TextLink>}
      </Group>
      {children}
    </Card>
  );
}

function Snippet({ label, text }: { label: string; text: string }) {
  return (
    <Stack gap={4}>
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {label}
        </Text>
        <CopyButton value={text} label={`Copy: ${label}`} />
      </Group>
      <Code block tabIndex={0}>
        {text}
      </Code>
    </Stack>
  );
}
