/** What the second factor shows once: its secret, and the recovery codes. */

import { Alert, Button, Code, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { Schemas } from "@/api/client";
import { CopyButton } from "@/shared/copy-button";

/** The secret as a picture to scan, and as text. */
export function SecretToScan({ begun }: { begun: Schemas["BeginTotpMessage"] }) {
  return (
    <Stack align="center" gap="xs">
      <img
        src={`data:image/svg+xml,${encodeURIComponent(begun.qr_svg)}`}
        width={192}
        height={192}
        alt="QR code of the secret"
        style={{ background: "#fff", borderRadius: 8, padding: 8 }}
      />
      <Text size="sm" c="dimmed" ta="center">
        Scan it with the app, or type this secret there:
      </Text>
      <Group gap={6} wrap="nowrap">
        <Code style={{ overflowWrap: "anywhere" }}>{begun.secret}</Code>
        <CopyButton value={begun.secret} label="Copy the secret" />
      </Group>
    </Stack>
  );
}

/** Recovery codes, to be kept where the phone is not. */
export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  const text = `${codes.join("\n")}\n`;
  return (
    <Stack gap="sm">
      <Alert color="yellow" title="Keep these recovery codes">
        Without your phone each of them opens once. They are not shown again.
      </Alert>
      <SimpleGrid cols={2} spacing={6}>
        {codes.map((code) => (
          <Code key={code} ta="center">
            {code}
          </Code>
        ))}
      </SimpleGrid>
      <Group gap="xs">
        <CopyButton value={text} label="Copy all" text />
        <Button
          variant="default"
          size="xs"
          leftSection={<IconDownload size={14} />}
          onClick={() => download("matsuri-recovery-codes.txt", text)}
        >
          Download
        </Button>
      </Group>
    </Stack>
  );
}

/** Hand a text to the browser as a file. */
function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
