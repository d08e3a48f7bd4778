import type { AnyRoute } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function timelineRoutes(parent: AnyRoute): AnyRoute[] {
  return [screen(parent, "/timeline", () => import("./timeline"), "TimelineScreen")];
}
