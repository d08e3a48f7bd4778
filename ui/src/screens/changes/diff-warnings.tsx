/** What one should know before a set is published. */

import { Alert, List } from "@mantine/core";
import { IconAlertTriangle, IconShieldLock } from "@tabler/icons-react";
import type { ChangeSet, Diff } from "./change-set-states";

/** Approvals that are needed, and overlaps that the set would make. */
export function DiffWarnings({ set, diff }: { set: ChangeSet; diff: Diff }) {
  const missing = diff.approvals_needed - set.approvals.length;
  return (
    <>
      {missing > 0 && (
        <Alert icon={<IconShieldLock />} color="blue" title="Needs approval">
          {missing === 1 ? "One more person" : `${missing} more people`} who did not change this set
          must approve it, because of {diff.protected.join(", ")}.
        </Alert>
      )}
      {diff.overlaps.length > 0 && (
        <Alert
          icon={<IconAlertTriangle />}
          color="yellow"
          title="It would overlap with what is planned"
        >
          <List size="sm" spacing={4}>
            {diff.overlaps.map((overlap) => (
              <List.Item
                key={JSON.stringify([overlap.first, overlap.second, overlap.start_time_sec])}
              >
                {overlap.first.name} and {overlap.second.name} both decide about{" "}
                {overlap.flags.join(", ")}: {overlap.reason}.
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {diff.shared_flags.length > 0 && (
        <Alert
          icon={<IconAlertTriangle />}
          color="yellow"
          title="Flags that several would give values"
        >
          <List size="sm" spacing={4}>
            {diff.shared_flags.map((shared) => (
              <List.Item key={shared.flag}>
                {shared.flag}: {shared.sources.map((source) => source.name).join(", ")}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </>
  );
}
