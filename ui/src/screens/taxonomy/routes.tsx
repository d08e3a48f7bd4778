import { type AnyRoute, createRoute, redirect } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function taxonomyRoutes(parent: AnyRoute): AnyRoute[] {
  return [
    createRoute({
      getParentRoute: () => parent,
      path: "/taxonomy",
      beforeLoad: () => {
        throw redirect({ to: "/taxonomy/events" as string, replace: true });
      },
    }),
    screen(parent, "/taxonomy/events", () => import("./lists"), "EventListScreen"),
    screen(parent, "/taxonomy/events/new", () => import("./event-page"), "NewEventScreen"),
    screen(parent, "/taxonomy/events/$name", () => import("./event-page"), "EventScreen"),
    screen(parent, "/taxonomy/properties", () => import("./lists"), "PropertyListScreen"),
    screen(
      parent,
      "/taxonomy/properties/new",
      () => import("./property-page"),
      "NewPropertyScreen",
    ),
    screen(parent, "/taxonomy/properties/$name", () => import("./property-page"), "PropertyScreen"),
    screen(parent, "/taxonomy/validators", () => import("./lists"), "ValidatorListScreen"),
    screen(
      parent,
      "/taxonomy/validators/new",
      () => import("./validator-page"),
      "NewValidatorScreen",
    ),
    screen(
      parent,
      "/taxonomy/validators/$name",
      () => import("./validator-page"),
      "ValidatorScreen",
    ),
    screen(parent, "/taxonomy/labels", () => import("./lists"), "LabelListScreen"),
    screen(parent, "/taxonomy/labels/new", () => import("./label-page"), "NewLabelScreen"),
    screen(parent, "/taxonomy/labels/$name", () => import("./label-page"), "LabelScreen"),
    screen(parent, "/taxonomy/debugger", () => import("./debugger/debugger"), "DebuggerScreen"),
    screen(
      parent,
      "/taxonomy/debugger/group",
      () => import("./debugger/group-page"),
      "GroupScreen",
    ),
    screen(
      parent,
      "/taxonomy/debugger/declare",
      () => import("./debugger/declare-page"),
      "DeclareScreen",
    ),
    screen(parent, "/taxonomy/tail", () => import("./tail/tail"), "TailScreen"),
  ];
}
