/** A secret that is told once: a key's value, or a password that opens once. */

import { Alert, Button, Code, Group, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { CopyButton } from "@/shared/copy-button";

/** Shows the secret until one says that it is kept. */
export function ShownOnce({
  title,
  value,
  children,
  onClose,
}: {
  title: string;
  value: string;
  children: ReactNode;
  onClose: () => void;
}) {
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack>
        <Text size="sm" component="div">
          {children}
        </Text>
        <Group gap="xs" wrap="nowrap">
          <Code block style={{ flex: 1, overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
            {value}
          </Code>
          <CopyButton value={value} label="Copy" />
        </Group>
        <Alert color="yellow" py="xs">
          It is shown this once, and stored only as a digest.
        </Alert>
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            I have kept it
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
