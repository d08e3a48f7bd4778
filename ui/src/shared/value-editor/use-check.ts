/** What the server says of a value by its schema, while it is edited. It decides again on saving. */

import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { useMay } from "@/session/session";
import type { ValueProblem } from "./form-state";
import type { Schema } from "./schema-form";
import { instanceOf } from "./value-kind";

const PAUSE_MS = 350;
const CHARACTERS_MAX = 200_000;
const NONE: ValueProblem[] = [];

/** The problems of a value; none while there is no schema or the server has not answered. */
export function useCheck(schema: Schema | undefined, value: string): ValueProblem[] {
  const mayCheck = useMay("taxonomy", "write");
  const [settled] = useDebouncedValue(value, PAUSE_MS);
  const checked = useQuery({
    queryKey: ["value-check", schema, settled],
    queryFn: async ({ signal }) => {
      const ask = async (instance: unknown) => {
        const body = { schema: schema as never, instance };
        const told = await answer(
          api.POST("/v1/console/taxonomy/validator/check", { body, signal }),
        );
        return told.valid ? NONE : (told.problems as ValueProblem[]);
      };
      const instance = instanceOf(settled);
      const problems = await ask(instance);
      // Where the schema speaks of texts, a value may also be right as the text that it is.
      const isText = problems.length > 0 && typeof instance !== "string" && asksForText(schema);
      return isText && (await ask(settled)).length === 0 ? NONE : problems;
    },
    enabled: mayCheck && schema !== undefined && settled.length <= CHARACTERS_MAX,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });
  return schema !== undefined && settled === value ? (checked.data ?? NONE) : NONE;
}

function asksForText(schema: Schema | undefined): boolean {
  const type = schema?.type;
  return Array.isArray(type)
    ? type.includes("string")
    : type === "string" || "enum" in (schema ?? {});
}
