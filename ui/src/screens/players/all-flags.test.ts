import { describe, expect, it } from "vitest";
import { ApiError, type Schemas } from "@/api/client";
import { allFlags } from "./all-flags";

type Resolved = Schemas["ResolvedMessage"];

function resolved(names: string[]): Resolved {
  return {
    identity_id: "player-0001",
    now_time_sec: "1",
    definitions_version: "1",
    flags: names.map((name) => ({
      name,
      value: "",
      value_type: "string",
      condition_changed: false,
      labels: [],
      enabled: true,
      last_change_time_sec: "0",
      next_change_time_sec: "0",
      candidates: [],
    })),
    audiences: [],
    experiments: [],
    live_events: [],
    change_time_sec: "0",
    notes: [],
  };
}

/** A server with flags, which tells of a thousand at once and no more. */
function server(flags: string[]) {
  const asked: (number | undefined)[] = [];
  return {
    asked,
    ask: async (names?: string[]): Promise<Resolved> => {
      asked.push(names?.length);
      if ((names ?? flags).length > 1000) {
        const details = [{ field: "names", problem: "is missing" }];
        throw new ApiError(400, 9, "There are more than 1000 flags", details, null);
      }
      return resolved(names ?? flags);
    },
    names: async () => flags,
  };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `flag-${index}`);

describe("all flags of a player", () => {
  it("come in one answer where the server tells of all", async () => {
    const { ask, asked, names: flagNames } = server(names(1000));
    expect((await allFlags(ask, flagNames)).flags).toHaveLength(1000);
    expect(asked).toEqual([undefined]);
  });

  it("come in parts where there are more, each once and in order", async () => {
    const all = names(2500);
    const { ask, asked, names: flagNames } = server(all);
    expect((await allFlags(ask, flagNames)).flags.map((flag) => flag.name)).toEqual(all);
    expect(asked).toEqual([undefined, 1000, 1000, 500]);
  });

  it("do not hide another error", async () => {
    const gone = new ApiError(404, 5, "Identity not found", [], null);
    const ask = () => Promise.reject(gone);
    await expect(allFlags(ask, async () => [])).rejects.toBe(gone);
  });
});
