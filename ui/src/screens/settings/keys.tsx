/** API keys for games, and server keys for programs that use the console's API. */

import { Badge, Button, Group, Text, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useMemo } from "react";
import { Allowed } from "@/session/session";
import { type Column, DataTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { Time } from "@/shared/time";
import { KeyActions } from "./key-actions";
import { KeyForm } from "./key-form";
import { type AnyKey, type KeyKind, KINDS, useKeys } from "./key-queries";
import { SettingsPage } from "./settings-page";

/** Keys of games. */
export function ApiKeysScreen() {
  return <KeysScreen kind="apikey" />;
}

/** Keys of servers. */
export function ServerKeysScreen() {
  return <KeysScreen kind="serverkey" />;
}

function KeysScreen({ kind }: { kind: KeyKind }) {
  const words = KINDS[kind];
  const keys = useKeys(kind);
  const [opened, { open, close }] = useDisclosure();
  const columns = useMemo(() => columnsOf(kind), [kind]);
  const add = (
    <Allowed entity={words.entity} action="write">
      <Button leftSection={<IconPlus size={16} />} onClick={open}>
        New key
      </Button>
    </Allowed>
  );
  return (
    <SettingsPage tab={words.tab} lead={words.lead} actions={add}>
      <DataTable
        label={words.many}
        rows={keys.data}
        columns={columns}
        rowKey={(key) => key.id}
        searchText={(key) => `${key.name} ${key.description}`}
        searchPlaceholder="Search keys"
        error={keys.error}
        retry={() => keys.refetch()}
        empty={
          <EmptyState title="No keys" action={add}>
            {words.empty}
          </EmptyState>
        }
      />
      {opened && <KeyForm kind={kind} onClose={close} />}
    </SettingsPage>
  );
}

function columnsOf(kind: KeyKind): Column<AnyKey>[] {
  return [
    {
      key: "name",
      header: "Name",
      sort: (key) => key.name,
      cell: (key) => (
        <div>
          <Group gap="xs">
            <Text fw={600} size="sm">
              {key.name}
            </Text>
            {key.disabled && <Badge color="gray">Disabled</Badge>}
            {key.grace_end_time_sec && (
              <Badge color="yellow">
                Old value until <Time seconds={key.grace_end_time_sec} full />
              </Badge>
            )}
            {key.managed_by && <Badge color="blue">Set by {key.managed_by}</Badge>}
          </Group>
          {key.description && (
            <Text size="xs" c="dimmed">
              {key.description}
            </Text>
          )}
        </div>
      ),
    },
    ...(kind === "serverkey"
      ? [
          {
            key: "permissions",
            header: "May",
            width: 160,
            cell: (key: AnyKey) =>
              key.permissions === undefined ? (
                <Badge color="lantern">Everything</Badge>
              ) : (
                <Text size="sm">{`${key.permissions.length} permissions`}</Text>
              ),
          },
        ]
      : []),
    {
      key: "used",
      header: "Last used",
      sort: (key) => Number(key.last_used_time_sec ?? 0),
      cell: (key) => <Time seconds={key.last_used_time_sec} missing="never" />,
      width: 130,
    },
    {
      key: "created",
      header: "Made",
      wide: true,
      sort: (key) => Number(key.create_time_sec),
      cell: (key) => (
        <>
          <Time seconds={key.create_time_sec} />
          <Text size="xs" c="dimmed">
            {key.created_by.replace(/^(user|server_key):/, "")}
          </Text>
        </>
      ),
      width: 170,
    },
    {
      key: "actions",
      header: <VisuallyHidden>Actions</VisuallyHidden>,
      align: "right",
      width: 60,
      cell: (key) => <KeyActions kind={kind} of={key} />,
    },
  ];
}
