/** The editor of a validator's schema, with the server's findings where they belong. */

import { ApiError, answer, api } from "@/api/client";
import { useMay } from "@/session/session";
import { CodeInput } from "@/shared/code";
import { schemaOf } from "./forms";
import { type Finding, jsonFinding, schemaFindings } from "./schema-lint";

export function SchemaEditor({
  label,
  description,
  value,
  onChange,
  error,
  readOnly,
  minHeight = 280,
}: {
  label: string;
  description: string;
  value: string;
  onChange: (text: string) => void;
  error: string | undefined;
  readOnly: boolean;
  minHeight?: number;
}) {
  const mayCheck = useMay("taxonomy", "write");
  return (
    <CodeInput
      label={label}
      description={description}
      language="json"
      value={value}
      onChange={onChange}
      error={error}
      readOnly={readOnly}
      lint={readOnly ? undefined : (text) => findingsOf(text, mayCheck)}
      minHeight={minHeight}
    />
  );
}

async function findingsOf(text: string, mayCheck: boolean): Promise<Finding[]> {
  const finding = jsonFinding(text);
  if (finding) {
    return [finding];
  }
  const schema = schemaOf(text);
  if (schema === undefined) {
    const message = "A schema is an object, or true or false";
    return [{ from: 0, to: text.length, severity: "error", message }];
  }
  if (!mayCheck) {
    return [];
  }
  try {
    const body = { schema: schema as never, instance: null };
    await answer(api.POST("/v1/console/taxonomy/validator/check", { body }));
    return [];
  } catch (problem) {
    // Saving says again what is wrong; a server out of reach is no fault of the schema.
    return problem instanceof ApiError && problem.status === 400
      ? schemaFindings(text, problem.details)
      : [];
  }
}
