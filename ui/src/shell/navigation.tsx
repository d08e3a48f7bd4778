/** The places of the console, as the side bar and the command palette list them. */

import {
  IconActivity,
  IconAdjustmentsAlt,
  IconBook2,
  IconBug,
  IconCalendarTime,
  IconFlag,
  IconFlask,
  IconGitPullRequest,
  IconHome2,
  IconPlayerPlay,
  IconSettings,
  IconUsers,
  IconUsersGroup,
} from "@tabler/icons-react";
import type { ReactNode } from "react";

export interface Place {
  label: string;
  to: string;
  icon: ReactNode;
  /** The entity that one must be allowed to read. */
  entity?: string;
  keywords?: string;
}

export interface PlaceGroup {
  label: string;
  places: Place[];
}

const icon = { size: 18, stroke: 1.7 };

export const PLACES: PlaceGroup[] = [
  {
    label: "",
    places: [
      { label: "Home", to: "/", icon: <IconHome2 {...icon} /> },
      { label: "Players", to: "/players", icon: <IconUsers {...icon} />, entity: "identity" },
    ],
  },
  {
    label: "LiveOps",
    places: [
      {
        label: "Audiences",
        to: "/audiences",
        icon: <IconUsersGroup {...icon} />,
        entity: "audience",
        keywords: "segments filter",
      },
      {
        label: "Flags",
        to: "/flags",
        icon: <IconFlag {...icon} />,
        entity: "flag",
        keywords: "remote config",
      },
      {
        label: "Experiments",
        to: "/experiments",
        icon: <IconFlask {...icon} />,
        entity: "experiment",
        keywords: "ab test",
      },
      {
        label: "Live events",
        to: "/live-events",
        icon: <IconPlayerPlay {...icon} />,
        entity: "live_event",
        keywords: "schedule cron",
      },
      {
        label: "Timeline",
        to: "/timeline",
        icon: <IconCalendarTime {...icon} />,
        entity: "live_event",
        keywords: "calendar conflicts",
      },
    ],
  },
  {
    label: "Data",
    places: [
      {
        label: "Taxonomy",
        to: "/taxonomy",
        icon: <IconBook2 {...icon} />,
        entity: "taxonomy",
        keywords: "events properties validators labels schema",
      },
      {
        label: "Debugger",
        to: "/taxonomy/debugger",
        icon: <IconBug {...icon} />,
        entity: "event",
        keywords: "rejects replay dead letters",
      },
      {
        label: "Live tail",
        to: "/taxonomy/tail",
        icon: <IconActivity {...icon} />,
        entity: "event",
        keywords: "stream incoming watch",
      },
    ],
  },
  {
    label: "Publishing",
    places: [
      {
        label: "Changes",
        to: "/changes",
        icon: <IconGitPullRequest {...icon} />,
        keywords: "drafts history approvals rollback",
      },
    ],
  },
  {
    label: "",
    places: [
      {
        label: "Settings",
        to: "/settings",
        icon: <IconSettings {...icon} />,
        keywords: "users keys audit",
      },
      {
        label: "My account",
        to: "/account",
        icon: <IconAdjustmentsAlt {...icon} />,
        keywords: "password two-factor sessions",
      },
    ],
  },
];
