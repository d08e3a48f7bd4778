/** Permissions in words, and what of them differs from a role. Pure. */

export const ACTIONS = ["read", "write", "delete"] as const;
export type Action = (typeof ACTIONS)[number];

const NAMES: Record<string, string> = {
  api_key: "API keys",
  audit: "Audit log",
  change_set: "Change sets",
  event: "Events and debugger",
  identity: "Players",
  live_event: "Live events",
  server_key: "Server keys",
  setting: "Health and configuration",
  taxonomy: "Taxonomy",
};

/** An entity's name on screens. */
export function entityName(entity: string): string {
  const name = entity.replaceAll("_", " ");
  return NAMES[entity] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}s`;
}

/** What is granted beside a role, and what of it is taken. */
export interface Overrides {
  granted: string[];
  taken: string[];
}

/** The overrides that make a role's permissions the wanted ones. */
export function overridesFor(ofRole: readonly string[], wanted: readonly string[]): Overrides {
  return {
    granted: wanted.filter((permission) => !ofRole.includes(permission)).sort(),
    taken: ofRole.filter((permission) => !wanted.includes(permission)).sort(),
  };
}

/** The permissions that a role and overrides come to. */
export function effective(ofRole: readonly string[], { granted, taken }: Overrides): string[] {
  return [...new Set([...ofRole, ...granted])].filter((permission) => !taken.includes(permission));
}
