/** What narrows the list of flags; the address keeps it. */

import { MultiSelect, SegmentedControl, Select } from "@mantine/core";
import { useMemo } from "react";
import type { Definitions } from "@/api/definitions";
import { hasLabels, LabelFilter } from "@/shared/labels";
import { type UrlState, useUrlState } from "@/shared/url-state";
import type { StaleFlag } from "./stale";

type Flag = Definitions["flag"];

export const DAYS_USUAL = "30";
const DAYS = ["1", "7", DAYS_USUAL, "90", "365"];

export function FlagFilters({ flags }: { flags: readonly Flag[] }) {
  const [url, setUrl] = useUrlState();
  const audiences = useMemo(
    () => [...new Set(flags.flatMap(audiencesOf))].sort((a, b) => a.localeCompare(b)),
    [flags],
  );
  return (
    <>
      <SegmentedControl
        aria-label="Which flags"
        data={[
          { value: "", label: "All" },
          { value: "on", label: "On" },
          { value: "off", label: "Off" },
          { value: "stale", label: "Maybe stale" },
        ]}
        value={url.state ?? ""}
        onChange={(state) => setUrl({ state, page: "" })}
      />
      {url.state === "stale" && (
        <Select
          aria-label="Stale after"
          data={DAYS.map((days) => ({
            value: days,
            label: `For ${days} ${days === "1" ? "day" : "days"}`,
          }))}
          value={url.days ?? DAYS_USUAL}
          onChange={(days) => setUrl({ days: days === DAYS_USUAL ? "" : (days ?? "") })}
          allowDeselect={false}
          w={140}
        />
      )}
      <LabelFilter />
      {(audiences.length > 0 || url.audience) && (
        <MultiSelect
          aria-label="With a variant for one of these audiences"
          placeholder={url.audience ? "" : "Any audience"}
          data={audiences}
          value={url.audience ? url.audience.split(",") : []}
          onChange={(chosen) => setUrl({ audience: chosen.join(","), page: "" })}
          searchable
          clearable
          w={220}
          styles={{ inputField: { minWidth: 40 } }}
        />
      )}
    </>
  );
}

/** Whether a flag is what the address asks for. */
export function isAskedFor(
  flag: Flag,
  url: UrlState,
  stale: ReadonlyMap<string, StaleFlag> | undefined,
): boolean {
  const audiences = url.audience ? url.audience.split(",") : [];
  return (
    hasLabels(flag.labels, url.label) &&
    (url.state !== "on" || flag.enabled) &&
    (url.state !== "off" || !flag.enabled) &&
    (url.state !== "stale" || (stale?.has(flag.id) ?? false)) &&
    (audiences.length === 0 || audiencesOf(flag).some((name) => audiences.includes(name)))
  );
}

/** The audiences of a flag's variants, also of those that are scheduled. */
function audiencesOf(flag: Flag): string[] {
  const scheduled = flag.schedule.flatMap((change) => change.variants ?? []);
  return [...flag.variants, ...scheduled].flatMap((variant) => [...variant.audiences]);
}
