/**
 * The editor of a flag's value: fields by the flag's JSON Schema, simple fields where there is
 * none, and the JSON itself. All show one text, and change only what is edited of it.
 */

import { Button, Group, Input, SegmentedControl, Stack, Text } from "@mantine/core";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { CodeInput } from "../code";
import { FormPane } from "./form-pane";
import { FormContext, type ValueProblem } from "./form-state";
import { laidOut } from "./json-edit";
import { parseJson } from "./json-tree";
import { PlainValue } from "./plain-value";
import { fieldOf, type Schema } from "./schema-form";
import { useCheck } from "./use-check";
import { kindOfValue, type ValueKind } from "./value-kind";

/** Larger values open as JSON: a form of thousands of fields helps nobody. */
const FORM_CHARACTERS_MAX = 20_000;
const NOT_JSON = "This is not JSON: as it is, games would get it as a plain text.";

interface ValueEditorProps {
  /** The JSON Schema that the value must fit, if there is one. */
  schema?: object;
  /** As it goes to games: a text, or the JSON text of any other value. */
  value: string;
  onChange: (value: string) => void;
  label: string;
  error?: ReactNode;
  readOnly?: boolean;
  /** Told what keeps the value from being saved as it is shown; empty for nothing. */
  onProblem?: (problem: string) => void;
}

type View = "form" | ValueKind;

const KIND_NAMES: { value: View; label: string }[] = [
  { value: "text", label: "Text" },
  { value: "number", label: "Number" },
  { value: "boolean", label: "True or false" },
  { value: "json", label: "JSON" },
];

/** See the module. */
export function ValueEditor({
  schema,
  value,
  onChange,
  label,
  error,
  readOnly = false,
  onProblem,
}: ValueEditorProps) {
  const rules = schema as Schema | undefined;
  const shape = useMemo(() => (rules ? fieldOf(rules, rules) : null), [rules]);
  const hasForm = shape !== null && shape.kind !== "raw";
  const [chosen, setChosen] = useState<View | null>(null);
  // By what the value was at first: a text that begins with a digit stays a text while one writes.
  const [first] = useState<ValueKind>(() => kindOfValue(value));
  const [isLarge] = useState(value.length > FORM_CHARACTERS_MAX);
  const usual: View = hasForm ? (isLarge ? "json" : "form") : first;
  const view = chosen === null || (chosen === "form" && !hasForm) ? usual : chosen;
  const problems = useCheck(rules, value);
  const { isWrong, report } = useReports();
  const isBroken = view === "json" && value.trim() !== "" && parseJson(value) === null;
  const problem = isWrong
    ? `${label}: a field is not right yet`
    : isBroken
      ? `${label}: this is not JSON`
      : "";
  useTold(problem, onProblem);
  const form = useMemo(
    () => ({ text: value, root: rules ?? {}, readOnly, problems, change: onChange, report }),
    [value, rules, readOnly, problems, onChange, report],
  );
  const views = hasForm ? [{ value: "form" as View, label: "Form" }, KIND_NAMES[3]] : KIND_NAMES;
  return (
    <Input.Wrapper labelElement="div" error={error}>
      <Group justify="space-between" mb={6} gap="xs">
        <Input.Label labelElement="div">{label}</Input.Label>
        {(!readOnly || hasForm) && (
          <SegmentedControl
            size="xs"
            aria-label={`${label}: edit as`}
            data={views.filter((each) => each !== undefined)}
            value={view}
            onChange={(next) => setChosen(next as View)}
          />
        )}
      </Group>
      <FormContext value={form}>
        {view === "json" ? (
          <JsonPane label={label} value={value} onChange={onChange} readOnly={readOnly} />
        ) : view === "form" ? (
          <FormPane label={label} onJson={() => setChosen("json")} />
        ) : (
          <PlainValue kind={view as ValueKind} label={label} />
        )}
      </FormContext>
      {isBroken && (
        <Text size="sm" c="red" mt={4} role="alert">
          {NOT_JSON}
        </Text>
      )}
      {view !== "form" && <Problems problems={problems} />}
    </Input.Wrapper>
  );
}

function JsonPane({
  label,
  value,
  onChange,
  readOnly,
}: Pick<ValueEditorProps, "label" | "value" | "onChange" | "readOnly">) {
  const tidy = laidOut(value);
  return (
    <Stack gap={4}>
      <CodeInput
        label={`${label}, as JSON`}
        hideLabel
        value={value}
        onChange={onChange}
        language="json"
        readOnly={readOnly}
        minHeight={90}
      />
      {!readOnly && tidy !== value && parseJson(value) !== null && (
        <Group>
          <Button size="compact-xs" variant="subtle" onClick={() => onChange(tidy)}>
            Lay out in lines
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Problems({ problems }: { problems: readonly ValueProblem[] }) {
  return (
    <Stack gap={2} mt={problems.length > 0 ? 4 : 0} aria-live="polite">
      {problems.slice(0, 10).map((each) => (
        <Text size="sm" c="red" key={`${each.place.join(".")} ${each.problem}`}>
          {each.place.length > 0 && <code>{each.place.join(".")} </code>}
          {each.problem}
        </Text>
      ))}
    </Stack>
  );
}

/** Tells a problem, and that there is none once the editor is gone. */
function useTold(problem: string, onProblem: ((problem: string) => void) | undefined): void {
  const listener = useRef(onProblem);
  listener.current = onProblem;
  useEffect(() => listener.current?.(problem), [problem]);
  useEffect(() => () => listener.current?.(""), []);
}

/** Keeps which fields show what cannot be taken over. */
function useReports() {
  const [wrong, setWrong] = useState<ReadonlySet<string>>(new Set());
  const report = useCallback((field: string, isWrong: boolean) => {
    setWrong((before) => {
      if (before.has(field) === isWrong) {
        return before;
      }
      const after = new Set(before);
      if (isWrong) {
        after.add(field);
      } else {
        after.delete(field);
      }
      return after;
    });
  }, []);
  return { isWrong: wrong.size > 0, report };
}
