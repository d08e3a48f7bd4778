/** One console user: the role, what differs from it, and help when they cannot get in. */

import {
  Alert,
  Badge,
  Button,
  Card,
  Group,
  Select,
  Stack,
  Switch,
  Text,
  Title,
} from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useSession } from "@/session/session";
import { ConfirmDialog } from "@/shared/dialogs";
import { ErrorPanel, say, Waiting } from "@/shared/feedback";
import { Page } from "@/shared/page";
import { Time } from "@/shared/time";
import { roleName } from "@/shell/shell";
import { SessionsCard } from "../account/sessions";
import {
  type Entity,
  type Role,
  type User,
  useChangeUser,
  useRoles,
  useUser,
} from "./people-queries";
import { PermissionTable } from "./permission-table";
import { effective, overridesFor } from "./permission-words";
import { ShownOnce } from "./shown-once";

const CRUMBS = [{ label: "Users", to: "/settings/users" }];

/** The page of a console user. */
export function UserScreen() {
  const { id } = useParams({ strict: false }) as { id: string };
  const user = useUser(id);
  const roles = useRoles();
  if (user.isError || roles.isError) {
    return (
      <Page title="User" crumbs={CRUMBS}>
        <ErrorPanel error={user.error ?? roles.error} retry={() => user.refetch()} />
      </Page>
    );
  }
  if (user.isPending || roles.isPending) {
    return <Waiting />;
  }
  return (
    <UserPage
      // Another version is another form.
      key={JSON.stringify([user.data.role, user.data.granted, user.data.taken, user.data.disabled])}
      user={user.data}
      roles={roles.data.roles}
      entities={roles.data.entities}
    />
  );
}

function UserPage({
  user,
  roles,
  entities,
}: {
  user: User;
  roles: readonly Role[];
  entities: readonly Entity[];
}) {
  const { me, may } = useSession();
  const mayWrite = may("user", "write");
  return (
    <Page
      title={user.email}
      crumbs={CRUMBS}
      lead={
        <>
          Since <Time seconds={user.create_time_sec} full />. Signed in last{" "}
          <Time seconds={user.sign_in_time_sec} missing="never" />.
        </>
      }
      badges={
        <>
          <Badge>{roleName(user.role)}</Badge>
          {user.disabled && <Badge color="gray">Disabled</Badge>}
          {user.id === me.user.id && <Badge color="teal">You</Badge>}
        </>
      }
    >
      <Stack maw={860} gap="lg">
        <RoleCard user={user} roles={roles} entities={entities} mayWrite={mayWrite} />
        <SessionsCard
          path={`/v1/console/user/${encodeURIComponent(user.id)}/session`}
          title="Sessions"
          mayEnd={mayWrite}
        />
        {mayWrite && <HelpCard user={user} />}
      </Stack>
    </Page>
  );
}

function RoleCard({
  user,
  roles,
  entities,
  mayWrite,
}: {
  user: User;
  roles: readonly Role[];
  entities: readonly Entity[];
  mayWrite: boolean;
}) {
  const { me } = useSession();
  const change = useChangeUser(user.id);
  const permissionsOf = (name: string) =>
    roles.find((each) => each.name === name)?.permissions ?? [];
  const [role, setRole] = useState<string>(user.role);
  const [permissions, setPermissions] = useState(effective(permissionsOf(user.role), user));
  const [disabled, setDisabled] = useState(user.disabled);
  const save = () =>
    change.mutate(
      {
        method: "PUT",
        body: { role, disabled, ...overridesFor(permissionsOf(role), permissions) },
      },
      { onSuccess: () => say(`${user.email} is changed.`) },
    );
  return (
    <Card component="section" aria-label="Role and permissions">
      <Title order={2} mb="sm">
        Role and permissions
      </Title>
      <Stack>
        <Group align="flex-end" gap="lg">
          <Select
            label="Role"
            data={roles.map((each) => ({ value: each.name, label: roleName(each.name) }))}
            value={role}
            disabled={!mayWrite}
            allowDeselect={false}
            onChange={(next) => {
              if (next) {
                setRole(next);
                setPermissions(permissionsOf(next));
              }
            }}
            w={240}
          />
          <Switch
            label="May sign in"
            checked={!disabled}
            disabled={!mayWrite}
            onChange={(event) => setDisabled(!event.currentTarget.checked)}
            mb={8}
          />
        </Group>
        <Text size="sm" c="dimmed">
          {roles.find((each) => each.name === role)?.description}
        </Text>
        <PermissionTable
          label={`Permissions of ${user.email}`}
          entities={entities}
          value={permissions}
          onChange={setPermissions}
          ofRole={permissionsOf(role)}
          offered={me.permissions}
          disabled={!mayWrite}
        />
        {change.error && <ErrorPanel error={change.error} title="Not changed" />}
        {mayWrite && (
          <Group justify="flex-end">
            <Button onClick={save} loading={change.isPending}>
              Save
            </Button>
          </Group>
        )}
      </Stack>
    </Card>
  );
}

type Help = "password" | "totp" | "delete";

function HelpCard({ user }: { user: User }) {
  const { may } = useSession();
  const navigate = useNavigate();
  const change = useChangeUser(user.id);
  const [asked, setAsked] = useState<Help | null>(null);
  const [password, setPassword] = useState("");
  const close = () => setAsked(null);
  return (
    <Card component="section" aria-label="When they cannot get in">
      <Title order={2} mb="sm">
        When they cannot get in
      </Title>
      {user.password_change_required && (
        <Alert color="blue" mb="sm" py="xs">
          They have a password that opens once, and choose their own with it.
        </Alert>
      )}
      <Group gap="xs">
        <Button variant="default" onClick={() => setAsked("password")}>
          Reset password
        </Button>
        <Button variant="default" disabled={!user.totp_enabled} onClick={() => setAsked("totp")}>
          Remove second factor
        </Button>
        {may("user", "delete") && (
          <Button variant="subtle" color="red" onClick={() => setAsked("delete")}>
            Delete user
          </Button>
        )}
      </Group>
      <ConfirmDialog
        opened={asked === "password"}
        onClose={close}
        title="Reset the password?"
        confirm="Reset"
        onConfirm={async () => {
          const told = await change.mutateAsync({ method: "POST", part: "/password", body: {} });
          setPassword(told.one_time_password ?? "");
        }}
      >
        {user.email} gets a new password that opens once. All their sessions end.
      </ConfirmDialog>
      <ConfirmDialog
        opened={asked === "totp"}
        onClose={close}
        title="Remove the second factor?"
        confirm="Remove"
        danger
        onConfirm={async () => {
          await change.mutateAsync({ method: "DELETE", part: "/totp" });
          say(`${user.email} has no second factor any more.`);
        }}
      >
        For who has lost the phone and the recovery codes. Make sure that it is them who asks.
      </ConfirmDialog>
      <ConfirmDialog
        opened={asked === "delete"}
        onClose={close}
        title="Delete this user?"
        confirm="Delete"
        danger
        typed={user.email}
        onConfirm={async () => {
          await change.mutateAsync({ method: "DELETE" });
          say(`${user.email} is deleted.`);
          await navigate({ to: "/settings/users" });
        }}
      >
        Their sessions end at once. What they did stays in the history and the audit log.
      </ConfirmDialog>
      {password && (
        <ShownOnce
          title="A password that opens once"
          value={password}
          onClose={() => setPassword("")}
        >
          Give it to {user.email} by a safe way. They choose their own with it.
        </ShownOnce>
      )}
    </Card>
  );
}
