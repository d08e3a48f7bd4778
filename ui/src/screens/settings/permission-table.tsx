/** Permissions as a table of boxes to tick. */

import { Badge, Checkbox, Table } from "@mantine/core";
import type { Entity } from "./people-queries";
import { ACTIONS, entityName } from "./permission-words";

/** Ticks are what somebody may do; `marked` are those that differ from the role. */
export function PermissionTable({
  entities,
  value,
  onChange,
  ofRole,
  offered,
  disabled = false,
  label,
}: {
  entities: readonly Entity[];
  value: readonly string[];
  onChange: (permissions: string[]) => void;
  /** What the role gives by itself; what differs is marked. */
  ofRole?: readonly string[];
  /** What can be given: nobody gives more than they have. */
  offered: readonly string[];
  disabled?: boolean;
  label: string;
}) {
  const ticked = new Set(value);
  const toggle = (permission: string) => {
    const next = new Set(ticked);
    if (!next.delete(permission)) {
      next.add(permission);
    }
    onChange([...next].sort());
  };
  return (
    <Table.ScrollContainer minWidth={420} type="native">
      <Table aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Entity</Table.Th>
            {ACTIONS.map((action) => (
              <Table.Th key={action} ta="center" w={90}>
                {action}
              </Table.Th>
            ))}
            {ofRole && <Table.Th w={120}>Beside the role</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entities.map(({ name: entity, actions }) => {
            const differs = ACTIONS.some(
              (action) =>
                ofRole !== undefined &&
                ofRole.includes(`${entity}:${action}`) !== ticked.has(`${entity}:${action}`),
            );
            return (
              <Table.Tr key={entity}>
                <Table.Th fw={500}>{entityName(entity)}</Table.Th>
                {ACTIONS.map((action) => {
                  const permission = `${entity}:${action}`;
                  if (!actions.includes(action)) {
                    return <Table.Td key={action} />;
                  }
                  return (
                    <Table.Td key={action} ta="center">
                      <Checkbox
                        aria-label={`${action} ${entityName(entity)}`}
                        checked={ticked.has(permission)}
                        disabled={
                          disabled || (!offered.includes(permission) && !ticked.has(permission))
                        }
                        onChange={() => toggle(permission)}
                        styles={{ inner: { margin: "0 auto" } }}
                      />
                    </Table.Td>
                  );
                })}
                {ofRole && <Table.Td>{differs && <Badge color="blue">Differs</Badge>}</Table.Td>}
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
