/** What each role may do. */

import { Badge, Card, Group, Stack, Table, Text, Title, VisuallyHidden } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { ErrorPanel, Waiting } from "@/shared/feedback";
import { roleName } from "@/shell/shell";
import { type Entity, useRoles } from "./people-queries";
import { entityName } from "./permission-words";
import { SettingsPage } from "./settings-page";

/** The table of roles and permissions. */
export function RolesScreen() {
  const roles = useRoles();
  return (
    <SettingsPage
      tab="roles"
      lead="What a role may do. A user can be granted more, or have something taken, beside the role."
    >
      {roles.isPending ? (
        <Waiting />
      ) : roles.isError ? (
        <ErrorPanel error={roles.error} retry={() => roles.refetch()} />
      ) : (
        <Stack>
          {roles.data.roles.map((role) => (
            <Group key={role.name} gap="sm" align="baseline">
              <Title order={2} size="h4" w={140}>
                {roleName(role.name)}
              </Title>
              <Text size="sm" style={{ flex: 1, minWidth: 240 }}>
                {role.description}
              </Text>
              {role.totp_required && <Badge color="blue">Second factor needed</Badge>}
            </Group>
          ))}
          <Card padding={0}>
            <Table.ScrollContainer minWidth={720} type="native">
              <Table aria-label="Permissions of roles" withColumnBorders>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Entity</Table.Th>
                    {roles.data.roles.map((role) => (
                      <Table.Th key={role.name} ta="center">
                        {roleName(role.name)}
                      </Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {roles.data.entities.map((entity) => (
                    <Table.Tr key={entity.name}>
                      <Table.Th fw={500}>
                        {entityName(entity.name)}
                        <Text size="xs" c="dimmed" fw={400}>
                          {entity.description}
                        </Text>
                      </Table.Th>
                      {roles.data.roles.map((role) => (
                        <Table.Td key={role.name} ta="center">
                          <May permissions={role.permissions} entity={entity} />
                        </Table.Td>
                      ))}
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </Card>
        </Stack>
      )}
    </SettingsPage>
  );
}

function May({ permissions, entity }: { permissions: readonly string[]; entity: Entity }) {
  const may = entity.actions.filter((action) => permissions.includes(`${entity.name}:${action}`));
  if (may.length === entity.actions.length) {
    return (
      <>
        <IconCheck size={16} color="var(--mantine-color-teal-7)" aria-hidden />
        <VisuallyHidden>everything</VisuallyHidden>
      </>
    );
  }
  return (
    <Text size="xs" c={may.length ? undefined : "dimmed"}>
      {may.join(", ") || "–"}
    </Text>
  );
}
