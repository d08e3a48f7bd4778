/** What refers to a definition, with the way to each. */

import { List, Text } from "@mantine/core";
import type { Schemas } from "@/api/client";
import { KINDS, kindOf } from "@/api/definitions";
import { TextLink } from "./page";

type User = Schemas["ReferenceMessage"];

/** The definitions that refer to one, once each. The API names the first hundred. */
export function UsedByList({ usedBy, count }: { usedBy: readonly User[]; count: number }) {
  const users = once(usedBy);
  return (
    <>
      <List size="sm" spacing={4}>
        {users.map((user) => (
          <List.Item key={`${user.kind} ${user.name}`}>
            <UserLink user={user} />
          </List.Item>
        ))}
      </List>
      {count > usedBy.length && (
        <Text size="sm" c="dimmed">
          And more: {count.toLocaleString("en")} places refer to it.
        </Text>
      )}
    </>
  );
}

function UserLink({ user }: { user: User }) {
  const kind = kindOf(user.kind);
  if (!kind) {
    return (
      <>
        {user.kind} {user.name}
      </>
    );
  }
  const { one, screen } = KINDS[kind];
  return (
    <>
      {one.charAt(0).toUpperCase() + one.slice(1)}{" "}
      <TextLink to={`${screen}/${encodeURIComponent(user.name)}`}>{user.name}</TextLink>
    </>
  );
}

/** Every definition once, though several of its fields may refer. */
export function once(usedBy: readonly User[]): User[] {
  return [...new Map(usedBy.map((user) => [`${user.kind} ${user.name}`, user])).values()];
}
