/** What filters can ask about: properties, events and audiences that are declared. */

import { useMemo } from "react";
import { type Definitions, useDefinitions } from "@/api/definitions";
import type { PropertyRef, Source } from "./form";
import type { KnownNames } from "./language";

type Property = Definitions["taxonomy/property"];

/** What the server keeps of every event of a name. */
export const COMPUTED = {
  Count: "numeric",
  SeenFirst: "numeric",
  SeenLast: "numeric",
  ValueFirst: "any",
  ValueLast: "any",
  ValueSum: "numeric",
  ValueAverage: "numeric",
  ValueHigh: "numeric",
  ValueLow: "numeric",
} as const;

export type ValueType = Property["value_type"];

/** A property by one text, for lists to choose from. */
export function textOfRef(ref: PropertyRef): string {
  return `${ref.source} ${ref.name}`;
}

/** The property of a text of `textOfRef`. */
export function refOfText(text: string): PropertyRef {
  const space = text.indexOf(" ");
  return { source: text.slice(0, space) as Source, name: text.slice(space + 1) };
}

/** What values a property has, as far as its declaration says. */
export function typeOfRef(ref: PropertyRef, types: ReadonlyMap<string, ValueType>): ValueType {
  if (ref.source !== "PropertiesComputed") {
    return types.get(textOfRef(ref)) ?? "any";
  }
  const suffix = Object.keys(COMPUTED).find((each) => ref.name.endsWith(each));
  return suffix ? COMPUTED[suffix as keyof typeof COMPUTED] : "any";
}

export interface Names extends KnownNames {
  types: ReadonlyMap<string, ValueType>;
}

/** The names, except that of the audience that is edited. */
export function useNames(ownName: string): Names {
  const properties = useDefinitions("taxonomy/property").data;
  const events = useDefinitions("taxonomy/event").data;
  const audiences = useDefinitions("audience").data;
  return useMemo(() => {
    const byName = (property: Property) => property.name;
    const own = (properties ?? []).filter((property) => !property.core);
    const core = (properties ?? []).filter((property) => property.core);
    // The server's own events have no underscore in the names of their properties.
    const eventNames = (events ?? []).map((event) => event.name);
    return {
      default: core.map(byName),
      custom: own.map(byName),
      computed: eventNames.flatMap((event) =>
        Object.keys(COMPUTED).map((suffix) => event.replace(/^_/, "") + suffix),
      ),
      events: eventNames,
      audiences: (audiences ?? []).map((each) => each.name).filter((name) => name !== ownName),
      types: new Map(
        (properties ?? []).map((property) => [
          textOfRef({
            source: property.core ? "Properties" : "PropertiesCustom",
            name: property.name,
          }),
          property.value_type,
        ]),
      ),
    };
  }, [properties, events, audiences, ownName]);
}
