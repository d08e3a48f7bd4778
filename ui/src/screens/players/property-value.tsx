/** The value of a property, as a text whatever is in it. */

import { Spoiler, Text } from "@mantine/core";
import { Time } from "@/shared/time";
import { timeOf } from "./properties";

const LONG_CHARS = 160;

/** A value; a time has the date beside it, a long one can be opened. */
export function PropertyValue({ name, value }: { name: string; value: string }) {
  const time = timeOf(name, value);
  const text = (
    <Text size="sm" component="div" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
      {value === "" ? (
        <Text span inherit c="dimmed">
          empty
        </Text>
      ) : (
        value
      )}
      {time !== null && (
        <Text span size="xs" c="dimmed" display="block">
          <Time seconds={time} />
        </Text>
      )}
    </Text>
  );
  return value.length > LONG_CHARS ? (
    <Spoiler
      maxHeight={62}
      showLabel="Show all"
      hideLabel="Show less"
      styles={{ control: { fontSize: "var(--mantine-font-size-sm)" } }}
    >
      {text}
    </Spoiler>
  ) : (
    text
  );
}
