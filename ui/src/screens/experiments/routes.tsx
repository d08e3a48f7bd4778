import type { AnyRoute } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function experimentRoutes(parent: AnyRoute): AnyRoute[] {
  const exclusionGroups = "/experiments/exclusion-groups";
  const holdoutGroups = "/experiments/holdout-groups";
  const groupList = () => import("./group-list");
  const groupPage = () => import("./group-page");
  return [
    screen(parent, "/experiments", () => import("./experiment-list"), "ExperimentListScreen"),
    screen(parent, "/experiments/new", () => import("./new-experiment"), "NewExperimentScreen"),
    screen(parent, exclusionGroups, groupList, "ExclusionGroupListScreen"),
    screen(parent, `${exclusionGroups}/new`, groupPage, "NewExclusionGroupScreen"),
    screen(parent, `${exclusionGroups}/$name`, groupPage, "ExclusionGroupScreen"),
    screen(parent, holdoutGroups, groupList, "HoldoutGroupListScreen"),
    screen(parent, `${holdoutGroups}/new`, groupPage, "NewHoldoutGroupScreen"),
    screen(parent, `${holdoutGroups}/$name`, groupPage, "HoldoutGroupScreen"),
    screen(parent, "/experiments/$name", () => import("./experiment-page"), "ExperimentScreen"),
  ];
}
