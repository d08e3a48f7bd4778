import { Badge, Tooltip } from "@mantine/core";
import { STATES, type State } from "./words";

/** Where a live event stands, with what that means beside the pointer. */
export function StateBadge({ state }: { state: State }) {
  const { label, color, meaning } = STATES[state];
  return (
    <Tooltip label={meaning}>
      <Badge color={color}>{label}</Badge>
    </Tooltip>
  );
}
