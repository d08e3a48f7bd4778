/** The lists of the taxonomy. */

import { Group, SegmentedControl } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Definitions, KINDS, useDefinitions } from "@/api/definitions";
import { type Column, DataTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { hasLabels, LabelFilter, LabelMark } from "@/shared/labels";
import { useUrlState } from "@/shared/url-state";
import {
  changedColumn,
  GROUP_COLUMN,
  labelsColumn,
  nameColumn,
  SCHEMA_COLUMN,
  typeColumn,
  usedByColumn,
  VALIDATORS_COLUMN,
} from "./columns";
import { addressOf, isOfOrigin, type TaxonomyKind } from "./kinds";
import { CreateButton, TaxonomyPage } from "./taxonomy-page";

const EVENT_COLUMNS: Column<Definitions["taxonomy/event"]>[] = [
  nameColumn("taxonomy/event", "event"),
  typeColumn("Value"),
  VALIDATORS_COLUMN,
  labelsColumn(),
  usedByColumn(),
  changedColumn(),
];

const PROPERTY_COLUMNS: Column<Definitions["taxonomy/property"]>[] = [
  nameColumn("taxonomy/property", "property"),
  typeColumn("Type"),
  GROUP_COLUMN,
  labelsColumn(),
  usedByColumn(),
  changedColumn(),
];

const VALIDATOR_COLUMNS: Column<Definitions["taxonomy/validator"]>[] = [
  nameColumn("taxonomy/validator", "validator"),
  SCHEMA_COLUMN,
  labelsColumn(),
  usedByColumn(),
  changedColumn(),
];

const LABEL_COLUMNS: Column<Definitions["taxonomy/label"]>[] = [
  nameColumn("taxonomy/label", "label"),
  {
    key: "colour",
    header: "Colour",
    cell: (label) => (
      <Group gap={6} wrap="nowrap">
        <LabelMark colour={label.colour} />
        {label.colour || "None"}
      </Group>
    ),
    width: 140,
  },
  usedByColumn(),
  changedColumn(),
];

/** Declared events. */
export function EventListScreen() {
  return (
    <TaxonomyList kind="taxonomy/event" columns={EVENT_COLUMNS}>
      Declare what your game sends, or let it send and declare it from the debugger: that infers the
      definition.
    </TaxonomyList>
  );
}

/** Declared properties. */
export function PropertyListScreen() {
  return (
    <TaxonomyList kind="taxonomy/property" columns={PROPERTY_COLUMNS}>
      A custom property is something that you know of a player, such as a rank or a guild. Audiences
      can ask for it.
    </TaxonomyList>
  );
}

/** Validators. */
export function ValidatorListScreen() {
  return (
    <TaxonomyList kind="taxonomy/validator" columns={VALIDATOR_COLUMNS}>
      A validator is a JSON Schema that events and flags refer to by its name. What does not fit is
      refused, with a sentence that says why.
    </TaxonomyList>
  );
}

/** Category labels. */
export function LabelListScreen() {
  return (
    <TaxonomyList kind="taxonomy/label" columns={LABEL_COLUMNS}>
      A label has a name and a colour: a season, a team, a feature. Lists can be narrowed to it.
    </TaxonomyList>
  );
}

interface ListProps<K extends TaxonomyKind> {
  kind: K;
  columns: Column<Definitions[K]>[];
  /** What one of them is for, where there is none. */
  children: ReactNode;
}

function TaxonomyList<K extends TaxonomyKind>({ kind, columns, children }: ListProps<K>) {
  const definitions = useDefinitions(kind);
  const navigate = useNavigate();
  const [url, setUrl] = useUrlState();
  const isLabels = kind === "taxonomy/label";
  const rows = useMemo(
    () =>
      definitions.data?.filter(
        (each) => isOfOrigin(each, url.origin) && hasLabels(labelsOf(each), url.label),
      ),
    [definitions.data, url.origin, url.label],
  );
  const { many, one } = KINDS[kind];
  const isNarrowed = Boolean(url.label || (url.origin && url.origin !== "own"));
  return (
    <TaxonomyPage kind={kind}>
      <DataTable
        key={kind}
        label={many}
        rows={rows}
        columns={columns}
        rowKey={(each) => each.id}
        searchText={(each) => `${each.name} ${each.description} ${labelsOf(each).join(" ")}`}
        searchPlaceholder={`Search ${many}`}
        filters={
          !isLabels && (
            <>
              <SegmentedControl
                aria-label={`Which ${many}`}
                data={originsOf(definitions.data ?? [])}
                value={url.origin ?? ""}
                onChange={(origin) => setUrl({ origin, page: "" })}
              />
              <LabelFilter />
            </>
          )
        }
        pending={definitions.isPending}
        error={definitions.error}
        retry={() => definitions.refetch()}
        onRow={(each) => navigate({ to: addressOf(kind, each) })}
        empty={
          isNarrowed ? (
            <EmptyState title={`No ${one} is like this`}>
              Take filters away to see the others.
            </EmptyState>
          ) : (
            <EmptyState
              title={isLabels ? "No labels yet" : `No ${many} of your own yet`}
              action={<CreateButton kind={kind} />}
            >
              {children}
            </EmptyState>
          )
        }
      />
    </TaxonomyPage>
  );
}

function originsOf(definitions: readonly { pack?: string }[]) {
  return [
    { value: "", label: "All" },
    { value: "own", label: "Own" },
    { value: "core", label: "Core" },
    ...(definitions.some((each) => each.pack) ? [{ value: "pack", label: "Packs" }] : []),
  ];
}

function labelsOf(definition: Definitions[TaxonomyKind]): string[] {
  return "labels" in definition ? definition.labels : [];
}
