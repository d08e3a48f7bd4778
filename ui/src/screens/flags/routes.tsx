import type { AnyRoute } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function flagRoutes(parent: AnyRoute): AnyRoute[] {
  return [
    screen(parent, "/flags", () => import("./flag-list"), "FlagListScreen"),
    screen(parent, "/flags/new", () => import("./flag-page"), "NewFlagScreen"),
    screen(parent, "/flags/$name", () => import("./flag-page"), "FlagScreen"),
  ];
}
