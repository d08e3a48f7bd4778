/** Console users and roles: reading and changing them. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, call, pathOf, type Schemas } from "@/api/client";

export type User = Schemas["UserMessage"];
export type Role = Schemas["RoleMessage"];
export type Entity = Schemas["RoleList"]["entities"][number];

const PAGE = 1000;

/** Every console user. */
export function useUsers() {
  return useQuery({
    queryKey: ["users"],
    queryFn: async ({ signal }) => {
      const users: User[] = [];
      let cursor = "";
      do {
        const page = await answer(
          api.GET("/v1/console/user", {
            params: { query: { "pagination.limit": PAGE, "pagination.cursor": cursor } },
            signal,
          }),
        );
        users.push(...page.users);
        cursor = page.page_options.next_cursor;
      } while (cursor);
      return users;
    },
  });
}

/** One console user by the id. */
export function useUser(id: string) {
  return useQuery({
    queryKey: ["users", id],
    queryFn: ({ signal }) =>
      answer(api.GET("/v1/console/user/{id}", { params: { path: { id } }, signal })),
  });
}

/** The roles, and all entities of permissions. */
export function useRoles() {
  return useQuery({
    queryKey: ["roles"],
    queryFn: ({ signal }) => answer(api.GET("/v1/console/role", { signal })),
    staleTime: 5 * 60_000,
  });
}

interface Call {
  method: "POST" | "PUT" | "DELETE";
  /** After the user's path, such as `/password`. */
  part?: string;
  body?: unknown;
}

/** Change a user, or something of theirs. */
export function useChangeUser(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ method, part = "", body }: Call) =>
      call<Partial<Schemas["OneTimePasswordMessage"]>>(
        method,
        `${pathOf("/v1/console/user/{id}", id)}${part}`,
        { body },
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ["users"] }),
  });
}
