import { ActionIcon, Button, CopyButton as MantineCopy } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

/** Copies a text; with `text`, the button says so in words. */
export function CopyButton({
  value,
  label,
  text = false,
}: {
  value: string;
  label: string;
  text?: boolean;
}) {
  return (
    <MantineCopy value={value}>
      {({ copied, copy }) =>
        text ? (
          <Button
            variant="default"
            size="xs"
            onClick={copy}
            leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          >
            {copied ? "Copied" : label}
          </Button>
        ) : (
          <ActionIcon
            title={copied ? "Copied" : label}
            variant="subtle"
            color="gray"
            onClick={copy}
            aria-label={copied ? "Copied" : label}
          >
            {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          </ActionIcon>
        )
      }
    </MantineCopy>
  );
}
