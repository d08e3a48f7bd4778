/** The variants of a flag, in their order. */

import { Box } from "@mantine/core";
import type { TabProps } from "./values-tab";
import { VariantList } from "./variant-list";

export function VariantsTab({ draft, onChange, schema, errors, readOnly, onProblem }: TabProps) {
  return (
    <Box maw={980}>
      <VariantList
        variants={draft.variants}
        onChange={(variants) => onChange({ variants })}
        value={draft.value}
        schema={schema}
        field="variants"
        errors={errors}
        readOnly={readOnly}
        onProblem={onProblem}
      />
    </Box>
  );
}
