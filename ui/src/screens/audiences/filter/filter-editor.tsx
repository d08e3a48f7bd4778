/** The filter of an audience: one text, edited as a form or as it is written. */

import { Alert, Button, Group, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { type ReactNode, useMemo, useState } from "react";
import { TextLink } from "@/shared/page";
import type { GroupClause } from "./form";
import { FormView } from "./form-view";
import { parseForm } from "./parse";
import { problemsByClause } from "./places";
import { printForm } from "./print";
import { ProblemList } from "./problem-list";
import { TextView } from "./text-view";
import type { FilterCheck } from "./use-check";
import { useNames } from "./use-names";

export function FilterEditor({
  value,
  onChange,
  check,
  error,
  ownName,
  readOnly,
}: {
  value: string;
  onChange: (filter: string) => void;
  /** What the server says of `value`, once it has said it. */
  check: { data: FilterCheck | undefined };
  /** Why it was not saved. */
  error?: ReactNode;
  /** The audience that is edited: it cannot ask about itself. */
  ownName: string;
  readOnly: boolean;
}) {
  const [view, setView] = useState("form");
  const names = useNames(ownName);
  // While one edits the form it may have what its text cannot: groups that are empty yet.
  const [edited, setEdited] = useState<{ form: GroupClause; text: string } | null>(null);
  const read = useMemo(() => parseForm(value), [value]);
  const form = edited?.text === value ? edited.form : read;
  const problems = check.data?.problems ?? [];
  return (
    <Stack gap="sm" component="section" aria-label="Filter">
      <Group justify="space-between" align="flex-end">
        <div>
          <Title order={2} size="h4">
            Filter
          </Title>
          <Text size="sm" c="dimmed">
            Who belongs. Without conditions it lets nobody in; lists add to it.
          </Text>
        </div>
        <SegmentedControl
          aria-label="How the filter is edited"
          data={[
            { value: "form", label: "Form" },
            { value: "text", label: "Text" },
          ]}
          value={view}
          onChange={setView}
        />
      </Group>
      {error && (
        <Alert color="red" variant="light" icon={<IconAlertTriangle />} role="alert">
          {error}
        </Alert>
      )}
      {view === "text" ? (
        <>
          <TextView value={value} onChange={onChange} names={names} readOnly={readOnly} />
          <ProblemList problems={problems} />
          <Text size="xs" c="dimmed">
            What players are asked, such as{" "}
            <code>EventCount("purchaseCompleted", "7d") &gt;= 1</code>. The{" "}
            <TextLink to="/taxonomy/events" underline="always">
              taxonomy
            </TextLink>{" "}
            has the names of events and properties.
          </Text>
        </>
      ) : form === null ? (
        <Alert
          color="yellow"
          variant="light"
          icon={<IconAlertTriangle />}
          title="This text cannot be shown as a form yet"
        >
          <Stack gap="xs" align="flex-start">
            <ProblemList problems={problems} />
            <Button size="xs" variant="default" onClick={() => setView("text")}>
              Mend it in the text
            </Button>
          </Stack>
        </Alert>
      ) : (
        <FormView
          form={form}
          problems={problemsByClause(form, value, problems)}
          names={names}
          readOnly={readOnly}
          onChange={(next) => {
            const text = printForm(next);
            setEdited({ form: next, text });
            onChange(text);
          }}
        />
      )}
    </Stack>
  );
}
