/** Who may use the console. */

import { Badge, Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconUserPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError, call, type Schemas } from "@/api/client";
import { Allowed } from "@/session/session";
import { type Column, DataTable } from "@/shared/data-table";
import { EmptyState, ErrorPanel } from "@/shared/feedback";
import { TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { roleName } from "@/shell/shell";
import { type User, useRoles, useUsers } from "./people-queries";
import { SettingsPage } from "./settings-page";
import { ShownOnce } from "./shown-once";

const COLUMNS: Column<User>[] = [
  {
    key: "email",
    header: "E-mail",
    sort: (user) => user.email,
    cell: (user) => (
      <Group gap="xs">
        <TextLink to={`/settings/users/${encodeURIComponent(user.id)}`} fw={600}>
          {user.email}
        </TextLink>
        {user.disabled && <Badge color="gray">Disabled</Badge>}
      </Group>
    ),
  },
  {
    key: "role",
    header: "Role",
    sort: (user) => user.role,
    cell: (user) => (
      <Group gap="xs">
        <Text size="sm">{roleName(user.role)}</Text>
        {user.granted.length + user.taken.length > 0 && <Badge color="blue">Adjusted</Badge>}
      </Group>
    ),
  },
  {
    key: "factor",
    header: "Second factor",
    sort: (user) => Number(user.totp_enabled),
    cell: (user) =>
      user.totp_enabled ? (
        <Badge color="teal">On</Badge>
      ) : (
        <Badge color={user.totp_required ? "yellow" : "gray"}>
          {user.totp_required ? "Needed, not set up" : "Off"}
        </Badge>
      ),
    width: 170,
  },
  {
    key: "seen",
    header: "Signed in",
    sort: (user) => Number(user.sign_in_time_sec),
    cell: (user) => <Time seconds={user.sign_in_time_sec} missing="never" />,
    width: 140,
  },
  {
    key: "created",
    header: "Since",
    wide: true,
    sort: (user) => Number(user.create_time_sec),
    cell: (user) => <Time seconds={user.create_time_sec} />,
    width: 140,
  },
];

/** The list of console users. */
export function UsersScreen() {
  const users = useUsers();
  const navigate = useNavigate();
  const [opened, { open, close }] = useDisclosure();
  const add = (
    <Allowed entity="user" action="write">
      <Button leftSection={<IconUserPlus size={16} />} onClick={open}>
        Add user
      </Button>
    </Allowed>
  );
  return (
    <SettingsPage
      tab="users"
      lead="People who may use this console, and what they may do."
      actions={add}
    >
      <DataTable
        label="Users"
        rows={users.data}
        columns={COLUMNS}
        rowKey={(user) => user.id}
        searchText={(user) => `${user.email} ${roleName(user.role)}`}
        searchPlaceholder="Search users"
        error={users.error}
        retry={() => users.refetch()}
        onRow={(user) =>
          navigate({ to: `/settings/users/${encodeURIComponent(user.id)}` as string })
        }
        empty={
          <EmptyState title="Nobody yet" action={add}>
            Add the people who work with this server.
          </EmptyState>
        }
      />
      {opened && <AddUser onClose={close} />}
    </SettingsPage>
  );
}

function AddUser({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const roles = useRoles();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState("game_designer");
  const add = useMutation({
    mutationFn: () =>
      call<Schemas["OneTimePasswordMessage"]>("POST", "/v1/console/user", {
        body: { email, role },
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["users"] }),
  });
  if (add.data) {
    return (
      <ShownOnce
        title={`${add.data.user.email} can sign in`}
        value={add.data.one_time_password}
        onClose={onClose}
      >
        Give them this password by a safe way. It opens once: they choose their own at the first
        sign-in.
      </ShownOnce>
    );
  }
  const fields = add.error instanceof ApiError ? add.error.fields : {};
  return (
    <Modal opened onClose={onClose} title="Add user">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Stack>
          <TextInput
            label="E-mail"
            type="email"
            required
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            error={fields.email}
            data-autofocus
          />
          <Select
            label="Role"
            description={roles.data?.roles.find((each) => each.name === role)?.description}
            data={(roles.data?.roles ?? []).map((each) => ({
              value: each.name,
              label: roleName(each.name),
            }))}
            value={role}
            onChange={(next) => setRole(next ?? role)}
            allowDeselect={false}
          />
          {add.error && <ErrorPanel error={add.error} title="Not added" />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
