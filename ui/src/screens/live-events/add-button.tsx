import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";

/** A button that adds, in the look of all of them. */
export function AddButton({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<IconPlus size={14} />}
      onClick={onClick}
      style={{ alignSelf: "flex-start" }}
    >
      {children}
    </Button>
  );
}
