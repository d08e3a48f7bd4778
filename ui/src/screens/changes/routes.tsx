import type { AnyRoute } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function changeRoutes(parent: AnyRoute): AnyRoute[] {
  return [screen(parent, "/changes", () => import("./change-list"), "ChangeListScreen")];
}
