/** A filter as a form: groups of conditions, and what is wrong beside each. */

import {
  ActionIcon,
  Alert,
  Box,
  Button,
  Group,
  Menu,
  Paper,
  Select,
  Stack,
  Text,
} from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ClauseFields } from "./clause-fields";
import { KINDS, missingIn, moved, newClause, withClause } from "./edit";
import type { Clause, GroupClause, Join } from "./form";
import { ProblemList, problemWords } from "./problem-list";
import type { FilterProblem } from "./use-check";
import type { Names } from "./use-names";

const JOINS: { value: Join; label: string }[] = [
  { value: "all", label: "All of these are true" },
  { value: "any", label: "At least one of these is true" },
  { value: "none", label: "None of these is true" },
  { value: "notAll", label: "Not all of these are true" },
];
const DEPTH_MAX = 6;

interface Shared {
  problems: ReadonlyMap<Clause, FilterProblem[]>;
  names: Names;
  readOnly: boolean;
}

export function FormView({
  form,
  problems,
  onChange,
  ...shared
}: {
  form: GroupClause;
  problems: { of: Map<Clause, FilterProblem[]>; others: FilterProblem[] };
  names: Names;
  onChange: (form: GroupClause) => void;
  readOnly: boolean;
}) {
  return (
    <Stack gap="xs">
      {form.comments.map((comment) => (
        <Comment key={comment} text={comment} />
      ))}
      <GroupBox group={form} onChange={onChange} depth={0} problems={problems.of} {...shared} />
      <ProblemList problems={problems.others} />
    </Stack>
  );
}

function GroupBox({
  group,
  onChange,
  depth,
  actions,
  ...shared
}: Shared & {
  group: GroupClause;
  onChange: (group: GroupClause) => void;
  depth: number;
  actions?: ReactNode;
}) {
  const { readOnly } = shared;
  const count = group.clauses.length;
  return (
    <Paper
      withBorder
      p="sm"
      role="group"
      aria-label={depth === 0 ? "Conditions" : "Group of conditions"}
      bg={depth % 2 ? "var(--matsuri-sunken)" : "var(--mantine-color-body)"}
    >
      <Group justify="space-between" mb="xs" wrap="nowrap">
        <Select
          aria-label="How the conditions are joined"
          data={JOINS}
          value={group.join}
          onChange={(join) => join && onChange({ ...group, join: join as Join })}
          allowDeselect={false}
          readOnly={readOnly}
          size="xs"
          w={230}
        />
        {actions}
      </Group>
      <Stack gap="xs">
        {count === 0 && (
          <Text size="sm" c="dimmed" py="xs">
            {depth === 0
              ? "No conditions yet: nobody is let in by the filter."
              : "No conditions yet: this group changes nothing."}
          </Text>
        )}
        {group.clauses.map((clause, index) => {
          const set = (next: Clause | null) => onChange(withClause(group, index, next));
          const buttons = !readOnly && (
            <Placing
              index={index}
              count={count}
              isGroup={clause.type === "group"}
              onMove={(by) => onChange(moved(group, index, by))}
              onRemove={() => set(null)}
            />
          );
          return clause.type === "group" ? (
            <GroupBox
              // biome-ignore lint/suspicious/noArrayIndexKey: every field shows what the form has
              key={index}
              group={clause}
              onChange={set}
              depth={depth + 1}
              actions={buttons}
              {...shared}
            />
          ) : (
            <ClauseRow
              // biome-ignore lint/suspicious/noArrayIndexKey: every field shows what the form has
              key={index}
              clause={clause}
              place={`Condition ${index + 1} of ${count}`}
              onChange={set}
              actions={buttons}
              {...shared}
            />
          );
        })}
        {!readOnly && (
          <Adding
            mayNest={depth < DEPTH_MAX}
            onAdd={(clause) => onChange({ ...group, clauses: [...group.clauses, clause] })}
          />
        )}
      </Stack>
    </Paper>
  );
}

function ClauseRow({
  clause,
  place,
  onChange,
  actions,
  problems,
  names,
  readOnly,
}: Shared & {
  clause: Exclude<Clause, GroupClause>;
  place: string;
  onChange: (clause: Clause) => void;
  actions: ReactNode;
}) {
  const own = problems.get(clause) ?? [];
  const missing = missingIn(clause);
  const isWrong = own.some((problem) => problem.severity === "error");
  return (
    <Box
      role="group"
      aria-label={place}
      p="xs"
      style={{
        border: `1px solid var(--mantine-color-${isWrong ? "error" : "default-border"})`,
        borderRadius: "var(--mantine-radius-sm)",
        background: "var(--mantine-color-body)",
      }}
    >
      {clause.comments.map((comment) => (
        <Comment key={comment} text={comment} />
      ))}
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
        <Group gap={6} style={{ flex: 1, minWidth: 0 }}>
          <ClauseFields clause={clause} onChange={onChange} names={names} readOnly={readOnly} />
        </Group>
        {actions}
      </Group>
      {own.length > 0 && (
        <Alert
          color={isWrong ? "red" : "orange"}
          variant="light"
          p={6}
          mt={6}
          role={isWrong ? "alert" : undefined}
        >
          {missing ? (
            <Text size="sm">{missing}</Text>
          ) : (
            own.map((problem) => (
              <Text size="sm" key={`${problem.start} ${problem.problem}`}>
                {problemWords(problem)}
              </Text>
            ))
          )}
        </Alert>
      )}
    </Box>
  );
}

function Comment({ text }: { text: string }) {
  return (
    <Text size="xs" c="dimmed" fs="italic" mb={4} style={{ whiteSpace: "pre-wrap" }}>
      {text}
    </Text>
  );
}

function Placing({
  index,
  count,
  isGroup,
  onMove,
  onRemove,
}: {
  index: number;
  count: number;
  isGroup: boolean;
  onMove: (by: number) => void;
  onRemove: () => void;
}) {
  const what = isGroup ? `group ${index + 1}` : `condition ${index + 1}`;
  return (
    <Group gap={2} wrap="nowrap">
      <ActionIcon
        size="sm"
        variant="subtle"
        color="gray"
        bg="transparent"
        aria-label={`Move ${what} up`}
        disabled={index === 0}
        onClick={() => onMove(-1)}
      >
        <IconArrowUp size={16} />
      </ActionIcon>
      <ActionIcon
        size="sm"
        variant="subtle"
        color="gray"
        bg="transparent"
        aria-label={`Move ${what} down`}
        disabled={index === count - 1}
        onClick={() => onMove(1)}
      >
        <IconArrowDown size={16} />
      </ActionIcon>
      <ActionIcon
        size="sm"
        variant="subtle"
        color="gray"
        aria-label={`Remove ${what}`}
        onClick={onRemove}
      >
        <IconTrash size={16} />
      </ActionIcon>
    </Group>
  );
}

function Adding({ mayNest, onAdd }: { mayNest: boolean; onAdd: (clause: Clause) => void }) {
  return (
    <Group gap="xs">
      <Menu position="bottom-start" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button size="xs" variant="default" leftSection={<IconPlus size={14} />}>
            Add condition
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {KINDS.map(({ type, label, hint }) => (
            <Menu.Item key={type} onClick={() => onAdd(newClause(type))}>
              {label}
              <Text size="xs" c="dimmed">
                {hint}
              </Text>
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {mayNest && (
        <Button
          size="xs"
          variant="subtle"
          leftSection={<IconPlus size={14} />}
          onClick={() => onAdd(newClause("group"))}
        >
          Add group
        </Button>
      )}
    </Group>
  );
}
