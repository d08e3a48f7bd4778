import type { AnyRoute } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function taxonomyRoutes(parent: AnyRoute): AnyRoute[] {
  return [screen(parent, "/taxonomy", () => import("./event-list"), "EventListScreen")];
}
