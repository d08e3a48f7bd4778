/** Definitions of every kind: where they lie, and reading and changing them. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, pathOf, type Schemas } from "./client";

/** The kinds, by the last part of their path. */
export interface Definitions {
  "taxonomy/event": Schemas["EventDefinitionMessage"];
  "taxonomy/property": Schemas["PropertyMessage"];
  "taxonomy/validator": Schemas["ValidatorMessage"];
  "taxonomy/label": Schemas["LabelMessage"];
  audience: Schemas["AudienceMessage"];
  flag: Schemas["FlagDefinitionMessage"];
  experiment: Schemas["matsuri.experiments.console_messages.ExperimentMessage"];
  "exclusion-group": Schemas["ExclusionGroupMessage"];
  "holdout-group": Schemas["HoldoutGroupMessage"];
  "live-event": Schemas["matsuri.live_events.console_messages.LiveEventMessage"];
}

export type Kind = keyof Definitions;

interface KindFacts {
  /** The name of the list in an answer. */
  plural: string;
  /** In a sentence. */
  one: string;
  many: string;
  /** The kind's name inside the server: in change sets, references and history. */
  stored: string;
  /** The entity of its permissions. */
  entity: string;
  /** Where its screen is. */
  screen: string;
}

export const KINDS: Record<Kind, KindFacts> = {
  "taxonomy/event": facts("events", "event", "events", "event", "taxonomy", "/taxonomy/events"),
  "taxonomy/property": facts(
    "properties",
    "property",
    "properties",
    "property",
    "taxonomy",
    "/taxonomy/properties",
  ),
  "taxonomy/validator": facts(
    "validators",
    "validator",
    "validators",
    "validator",
    "taxonomy",
    "/taxonomy/validators",
  ),
  "taxonomy/label": facts("labels", "label", "labels", "label", "taxonomy", "/taxonomy/labels"),
  audience: facts("audiences", "audience", "audiences", "audience", "audience", "/audiences"),
  flag: facts("flags", "flag", "flags", "flag", "flag", "/flags"),
  experiment: facts(
    "experiments",
    "experiment",
    "experiments",
    "experiment",
    "experiment",
    "/experiments",
  ),
  "exclusion-group": facts(
    "exclusion_groups",
    "exclusion group",
    "exclusion groups",
    "exclusion_group",
    "experiment",
    "/experiments/exclusion-groups",
  ),
  "holdout-group": facts(
    "holdout_groups",
    "holdout group",
    "holdout groups",
    "holdout_group",
    "experiment",
    "/experiments/holdout-groups",
  ),
  "live-event": facts(
    "live_events",
    "live event",
    "live events",
    "live_event",
    "live_event",
    "/live-events",
  ),
};

function facts(
  plural: string,
  one: string,
  many: string,
  stored: string,
  entity: string,
  screen: string,
): KindFacts {
  return { plural, one, many, stored, entity, screen };
}

/** The kind by its name inside the server. */
export function kindOf(stored: string): Kind | undefined {
  return (Object.keys(KINDS) as Kind[]).find((kind) => KINDS[kind].stored === stored);
}

const PAGE = 1000;

interface ListAnswer {
  page_options: { next_cursor: string };
  [plural: string]: unknown;
}

/** Every definition of a kind, page after page. */
export async function fetchDefinitions<K extends Kind>(
  kind: K,
  signal?: AbortSignal,
): Promise<Definitions[K][]> {
  const found: Definitions[K][] = [];
  let cursor = "";
  do {
    const page: ListAnswer = await call("GET", `/v1/console/${kind}`, {
      query: { "pagination.limit": PAGE, "pagination.cursor": cursor },
      signal,
    });
    found.push(...((page[KINDS[kind].plural] ?? []) as Definitions[K][]));
    cursor = page.page_options.next_cursor;
  } while (cursor);
  return found;
}

/** All definitions of a kind, kept fresh while a screen shows them. */
export function useDefinitions<K extends Kind>(kind: K, options: { enabled?: boolean } = {}) {
  return useQuery({
    queryKey: ["definitions", kind, "list"],
    queryFn: ({ signal }) => fetchDefinitions(kind, signal),
    enabled: options.enabled ?? true,
  });
}

/** One definition by its id or name. */
export function useDefinition<K extends Kind>(
  kind: K,
  ref: string,
  options: { enabled?: boolean; refreshMs?: number } = {},
) {
  return useQuery({
    queryKey: ["definitions", kind, "one", ref],
    queryFn: ({ signal }) =>
      call<Definitions[K]>("GET", pathOf(`/v1/console/${kind}/{id}`, ref), { signal }),
    enabled: (options.enabled ?? true) && ref !== "",
    refetchInterval: options.refreshMs ?? false,
  });
}

/** The fields of a new or changed definition, as its request message has them. */
export type Fields = Record<string, unknown>;

interface Save {
  /** The id or name of one that exists; absent for a new one. */
  ref?: string;
  fields: Fields;
  /** The version that was seen last: another one in the meantime is a conflict. */
  version?: string;
}

/** Create or change a definition; lists and pages that show it are read again. */
export function useSaveDefinition<K extends Kind>(kind: K) {
  const refresh = useRefreshDefinitions();
  return useMutation({
    mutationFn: ({ ref, fields, version }: Save) =>
      ref === undefined
        ? call<Definitions[K]>("POST", `/v1/console/${kind}`, { body: fields })
        : call<Definitions[K]>("PUT", pathOf(`/v1/console/${kind}/{id}`, ref), {
            body: version === undefined ? fields : { ...fields, version },
          }),
    onSuccess: refresh,
  });
}

/** Delete a definition. */
export function useDeleteDefinition(kind: Kind) {
  const refresh = useRefreshDefinitions();
  return useMutation({
    mutationFn: (ref: string) => call("DELETE", pathOf(`/v1/console/${kind}/{id}`, ref)),
    onSuccess: refresh,
  });
}

/** Have everything read again that definitions decide, after any of them changed. */
export function useRefreshDefinitions(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await queries.invalidateQueries();
  };
}
