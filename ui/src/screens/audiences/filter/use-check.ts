/** What the server says of a filter while it is edited. */

import { useDebouncedValue } from "@mantine/hooks";
import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { call, type Schemas } from "@/api/client";

export type FilterCheck = Schemas["matsuri.audiences.filter_api.FilterMessage"];
export type FilterProblem = Schemas["FilterProblemMessage"];

const PAUSE_MS = 300;

function checkOf(filter: string) {
  return queryOptions({
    queryKey: ["filter-check", filter],
    queryFn: ({ signal }) =>
      call<FilterCheck>("POST", "/v1/console/filter/check", { body: { filter }, signal }),
  });
}

/** What is known of the text as it stands now; of nothing while the server has yet to answer. */
export function useFilterCheck(filter: string): { data: FilterCheck | undefined } {
  const [asked] = useDebouncedValue(filter, PAUSE_MS);
  const check = useQuery(checkOf(asked));
  return { data: asked === filter ? check.data : undefined };
}

/** The same, asked at once, for the text editor; both share what was answered. */
export function fetchCheck(queries: QueryClient, filter: string): Promise<FilterCheck> {
  return queries.fetchQuery({ ...checkOf(filter), staleTime: 10_000 });
}
