import { useDefinition } from "@/api/definitions";

/** The JSON Schema of a validator; `undefined` while it is not known, or for none. */
export function useValidatorSchema(name: string): object | undefined {
  const validator = useDefinition("taxonomy/validator", name, { enabled: name !== "" });
  const schema = validator.data?.schema as unknown;
  return name !== "" && typeof schema === "object" && schema !== null ? schema : undefined;
}
