import type { AnyRoute } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function liveEventRoutes(parent: AnyRoute): AnyRoute[] {
  return [
    screen(parent, "/live-events", () => import("./live-event-list"), "LiveEventListScreen"),
    screen(parent, "/live-events/new", () => import("./new-live-event"), "NewLiveEventScreen"),
    screen(parent, "/live-events/$name", () => import("./live-event-page"), "LiveEventScreen"),
  ];
}
