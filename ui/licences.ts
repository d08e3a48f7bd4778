/** A module of the packages that the console is built of, with their licences. */

import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

interface Manifest {
  name: string;
  version: string;
  license?: string;
  dependencies?: Record<string, string>;
}

const MODULE = "virtual:licences";

/** `virtual:licences`: every package that ours need, also by way of others, by name. */
export function licences(): Plugin {
  return {
    name: "licences",
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : undefined),
    load: (id) => (id === `\0${MODULE}` ? `export default ${JSON.stringify(found())}` : undefined),
  };
}

function found() {
  const ours = manifestAt(new URL("./package.json", import.meta.url));
  const known = new Map<string, { name: string; version: string; licence: string }>();
  const waiting = Object.keys(ours?.dependencies ?? {});
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    // What npm keeps deeper, as a second version of something, has the same licence as the first.
    const manifest = manifestAt(new URL(`./node_modules/${name}/package.json`, import.meta.url));
    if (manifest && !known.has(name)) {
      known.set(name, { name, version: manifest.version, licence: manifest.license ?? "not told" });
      waiting.push(...Object.keys(manifest.dependencies ?? {}));
    }
  }
  return [...known.values()].sort((a, b) => a.name.localeCompare(b.name, "en"));
}

function manifestAt(place: URL): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(place, "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}
