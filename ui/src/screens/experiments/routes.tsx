import type { AnyRoute } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function experimentRoutes(parent: AnyRoute): AnyRoute[] {
  return [
    screen(parent, "/experiments", () => import("./experiment-list"), "ExperimentListScreen"),
  ];
}
