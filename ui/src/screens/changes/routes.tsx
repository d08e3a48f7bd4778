import type { AnyRoute } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function changeRoutes(parent: AnyRoute): AnyRoute[] {
  return [
    screen(parent, "/changes", () => import("./change-list"), "ChangeListScreen"),
    screen(parent, "/changes/history", () => import("./history"), "HistoryScreen"),
    screen(parent, "/changes/$id", () => import("./change-set"), "ChangeSetScreen"),
  ];
}
