/** How a variant's value differs from the default. */

import { Badge, Box, Code, Group, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { TextDifference } from "@/shared/code";
import { laidOut } from "@/shared/value-editor/json-edit";
import { valueChanges } from "@/shared/value-editor/value-changes";

const KEYS_MAX = 12;

/** `than` names what the value is compared with, for the end of a sentence. */
export function ValueDifference({
  before,
  after,
  than = "the default",
}: {
  before: string;
  after: string;
  than?: string;
}) {
  const changes = useMemo(() => valueChanges(before, after), [before, after]);
  if (changes.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        The same as {than}.
      </Text>
    );
  }
  return (
    <Stack gap={6}>
      <Group gap={6}>
        <Text size="sm" fw={500}>
          Differs from {than}
        </Text>
        {changes.slice(0, KEYS_MAX).map(({ path, kind }) => (
          <Badge
            key={path}
            color={kind === "added" ? "teal" : kind === "removed" ? "red" : "yellow"}
            title={kind}
          >
            {kind === "added" ? "+ " : kind === "removed" ? "− " : ""}
            {path || "all of it"}
          </Badge>
        ))}
        {changes.length > KEYS_MAX && (
          <Text size="xs" c="dimmed">
            and {changes.length - KEYS_MAX} more
          </Text>
        )}
      </Group>
      {changes[0]?.path === "" ? (
        <Group gap="xs" wrap="wrap">
          <Code>{before || '""'}</Code>
          <span>→</span>
          <Code>{after || '""'}</Code>
        </Group>
      ) : (
        <Box>
          <TextDifference before={laidOut(before)} after={laidOut(after)} />
        </Box>
      )}
    </Stack>
  );
}
