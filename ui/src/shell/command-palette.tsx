/** Ctrl K: every place and every definition by its name, and players by their id. */

import { Spotlight, type SpotlightActionData, spotlight } from "@mantine/spotlight";
import { IconSearch, IconUser } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { fetchDefinitions, KINDS, type Kind } from "@/api/definitions";
import { useSession } from "@/session/session";
import { PLACES } from "./navigation";

/** Open the palette, as Ctrl K does. */
export function openPalette(): void {
  spotlight.open();
}

const SEARCHED: Kind[] = [
  "flag",
  "audience",
  "experiment",
  "live-event",
  "taxonomy/event",
  "taxonomy/property",
];
const SHOWN_MAX = 12;

/** The palette itself; it reads definitions only once it is open. */
export function CommandPalette() {
  const navigate = useNavigate();
  const { may } = useSession();
  const [opened, setOpened] = useState(false);
  const [query, setQuery] = useState("");
  const kinds = SEARCHED.filter((kind) => may(KINDS[kind].entity, "read"));
  const lists = useQueries({
    queries: kinds.map((kind) => ({
      queryKey: ["definitions", kind, "list"],
      queryFn: ({ signal }: { signal: AbortSignal }) => fetchDefinitions(kind, signal),
      enabled: opened,
    })),
  });
  const places = useMemo(
    () =>
      PLACES.flatMap((group) => group.places)
        .filter((place) => !place.entity || may(place.entity, "read"))
        .map(
          (place): SpotlightActionData => ({
            id: place.to,
            label: place.label,
            keywords: place.keywords,
            leftSection: place.icon,
            onClick: () => navigate({ to: place.to }),
          }),
        ),
    [may, navigate],
  );
  const definitions = kinds.flatMap((kind, index) =>
    (lists[index]?.data ?? []).map(
      (each): SpotlightActionData => ({
        id: `${kind} ${each.id}`,
        label: each.name,
        description: `${KINDS[kind].one}${each.description ? `: ${each.description}` : ""}`,
        onClick: () =>
          navigate({ to: `${KINDS[kind].screen}/${encodeURIComponent(each.name)}` as string }),
      }),
    ),
  );
  const typed = query.trim();
  const player: SpotlightActionData[] =
    typed.length >= 8 && !/\s/.test(typed) && may("identity", "read")
      ? [
          {
            id: "player",
            label: `Player ${typed}`,
            keywords: typed,
            leftSection: <IconUser size={18} />,
            onClick: () => navigate({ to: `/players/${encodeURIComponent(typed)}` as string }),
          },
        ]
      : [];
  return (
    <Spotlight
      actions={[...places, ...(typed ? definitions : []), ...player]}
      query={query}
      onQueryChange={setQuery}
      limit={SHOWN_MAX}
      shortcut="mod + K"
      nothingFound="Nothing has that name"
      highlightQuery
      scrollable
      onSpotlightOpen={() => setOpened(true)}
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: "Go to a screen, a flag, an audience, a player…",
        "aria-label": "Go to",
      }}
    />
  );
}
