/** Says that somebody else saved a definition while it was edited here, and lets one go on. */

import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useEffect, useRef } from "react";

export function NewerVersion({
  one,
  fields,
  mine,
  isUrgent,
  onTake,
  onKeep,
}: {
  /** What it is, such as `flag`. */
  one: string;
  /** What they changed, and what was changed here. */
  fields: string[];
  mine: string[];
  /** Whether saving has failed for it: then it is brought before the eyes. */
  isUrgent: boolean;
  onTake: () => void;
  onKeep: () => void;
}) {
  const both = fields.filter((field) => mine.includes(field));
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isUrgent) {
      place.current?.scrollIntoView({ block: "center" });
    }
  }, [isUrgent]);
  return (
    <Alert
      ref={place}
      color="yellow"
      variant="light"
      icon={<IconUsers />}
      title={`Somebody else has saved this ${one} meanwhile`}
      role="alert"
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          They changed {fields.join(", ") || "nothing that is edited here"}.{" "}
          {both.length > 0
            ? `You both changed ${both.join(", ")}: yours would go over theirs.`
            : "You changed other parts, so both fit together."}
        </Text>
        <Group gap="xs">
          <Button size="xs" onClick={onKeep}>
            Keep mine on top of theirs
          </Button>
          <Button size="xs" variant="default" onClick={onTake}>
            Take theirs, discard mine
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
