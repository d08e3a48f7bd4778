/** A filter as text, with what the server says of it where it is wrong. */

import { useQueryClient } from "@tanstack/react-query";
import { CodeInput } from "@/shared/code";
import { completeFilter, FILTER_LANGUAGE } from "./language";
import { unitsOf } from "./places";
import { problemWords } from "./problem-list";
import { fetchCheck } from "./use-check";
import type { Names } from "./use-names";

export function TextView({
  value,
  onChange,
  names,
  readOnly,
}: {
  value: string;
  onChange: (text: string) => void;
  names: Names;
  readOnly: boolean;
}) {
  const queries = useQueryClient();
  return (
    <CodeInput
      label="Filter"
      hideLabel
      description="Ctrl+Space completes names and functions."
      value={value}
      onChange={onChange}
      readOnly={readOnly}
      language={FILTER_LANGUAGE}
      minHeight={180}
      placeholder={'Properties("countryCode", "") == "US"'}
      complete={(context) => completeFilter(context, names)}
      lint={async (text) => {
        if (!text.trim()) {
          return [];
        }
        const { problems } = await fetchCheck(queries, text);
        return problems.map((problem) => {
          const { start, end } = unitsOf(text, problem);
          return {
            from: start,
            to: end,
            severity: problem.severity === "error" ? ("error" as const) : ("warning" as const),
            message: problemWords(problem),
          };
        });
      }}
    />
  );
}
