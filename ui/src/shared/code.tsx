/** Text editors for code: loaded when a screen first shows one. */

import { Box, Input, Skeleton } from "@mantine/core";
import { lazy, type ReactNode, Suspense } from "react";
import type { CodeProps } from "./code-editor";

const Editor = lazy(() => import("./code-editor"));
const Difference = lazy(() => import("./code-difference"));

/** An editor with a label, a description and an error, like other fields. */
export function CodeInput({
  label,
  description,
  error,
  required,
  hideLabel = false,
  minHeight = 120,
  ...code
}: CodeProps & {
  label: string;
  /** Where the label already stands beside the editor; screen readers are told it all the same. */
  hideLabel?: boolean;
  description?: ReactNode;
  error?: ReactNode;
  required?: boolean;
  minHeight?: number;
}) {
  return (
    <Input.Wrapper
      label={hideLabel ? undefined : label}
      description={description}
      error={error}
      required={required}
      labelElement="div"
    >
      <Box mt={4}>
        <Suspense fallback={<Skeleton height={minHeight} />}>
          <Editor minHeight={minHeight} label={label} {...code} />
        </Suspense>
      </Box>
    </Input.Wrapper>
  );
}

/** JSON that is only looked at. */
export function JsonView({ value, label = "JSON" }: { value: unknown; label?: string }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <Suspense fallback={<Skeleton height={60} />}>
      <Editor value={text ?? ""} language="json" readOnly label={label} />
    </Suspense>
  );
}

/** Two texts with what differs between them. */
export function TextDifference({ before, after }: { before: string; after: string }) {
  return (
    <Suspense fallback={<Skeleton height={120} />}>
      <Difference before={before} after={after} />
    </Suspense>
  );
}
