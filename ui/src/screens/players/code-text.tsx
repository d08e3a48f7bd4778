import { Text } from "@mantine/core";
import type { ReactNode } from "react";

/** An id or a digest within a sentence. */
export function CodeText({ children }: { children: ReactNode }) {
  return (
    <Text span ff="monospace" fz="xs" style={{ overflowWrap: "anywhere" }}>
      {children}
    </Text>
  );
}
