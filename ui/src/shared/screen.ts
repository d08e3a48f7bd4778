/** Routes of screens whose code is loaded when they are first shown. */

import { type AnyRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { ComponentType } from "react";

/** A screen at a path under the shell; `load` imports its module, `name` is the exported component. */
export function screen<M extends Record<N, ComponentType>, N extends keyof M & string>(
  parent: AnyRoute,
  path: string,
  load: () => Promise<M>,
  name: N,
): AnyRoute {
  return createRoute({
    getParentRoute: () => parent,
    path,
    component: lazyRouteComponent(load, name),
  });
}
