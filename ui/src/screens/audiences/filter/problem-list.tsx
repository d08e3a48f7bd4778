/** What the server says of a filter, in words. */

import { List, Text } from "@mantine/core";
import type { FilterProblem } from "./use-check";

/** What is wrong or odd with a filter, line by line. */
export function ProblemList({ problems }: { problems: readonly FilterProblem[] }) {
  if (problems.length === 0) {
    return null;
  }
  return (
    <List size="sm" spacing={2} aria-label="Problems of the filter" listStyleType="none">
      {problems.map((problem) => (
        <List.Item key={`${problem.start} ${problem.problem}`}>
          <Text size="sm" c={problem.severity === "error" ? "red" : "orange"} span>
            {problem.severity === "error" ? "Mistake" : "Note"}, line {problem.line}, column{" "}
            {problem.column}: {problemWords(problem)}
          </Text>
        </List.Item>
      ))}
    </List>
  );
}

/** A problem with what may have been meant. */
export function problemWords(problem: FilterProblem): string {
  return problem.suggestion
    ? `${problem.problem}; did you mean ${problem.suggestion}?`
    : problem.problem;
}
