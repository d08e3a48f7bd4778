/** One variant in the list: its line, and what is edited of it once it is open. */

import { useSortable } from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import {
  ActionIcon,
  Badge,
  Box,
  Group,
  Menu,
  NumberInput,
  Paper,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  UnstyledButton,
} from "@mantine/core";
import {
  IconChevronRight,
  IconCopy,
  IconDots,
  IconGripVertical,
  IconTrash,
} from "@tabler/icons-react";
import { useId } from "react";
import { AudiencesInput } from "@/shared/audiences-input";
import { Moves } from "@/shared/value-editor/nested-fields";
import { valueChanges } from "@/shared/value-editor/value-changes";
import { ValueEditor } from "@/shared/value-editor/value-editor";
import type { DraftVariant } from "./draft";
import { ValueDifference } from "./value-difference";
import type { VariantListProps } from "./variant-list";

const PATHS_SHOWN = 4;

interface VariantCardProps extends VariantListProps {
  variant: DraftVariant;
  place: number;
  opened: boolean;
  onToggle: () => void;
  onVariant: (variant: DraftVariant) => void;
  onMove: (to: number) => void;
  onDuplicate: () => void;
  onRemove: () => void;
}

export function VariantCard(props: VariantCardProps) {
  const { variant, place, variants, opened, readOnly, errors, field } = props;
  const panel = useId();
  const sortable = useSortable({ id: variant.key, disabled: readOnly });
  const name = variant.name || "Variant without a name";
  const isWrong = Object.keys(errors).some((each) => each.startsWith(`${field}[${place}]`));
  return (
    <Paper
      component="li"
      withBorder
      ref={sortable.setNodeRef}
      shadow={sortable.isDragging ? "lg" : undefined}
      style={{
        transform: CSS.Translate.toString(sortable.transform),
        transition: sortable.transition,
        zIndex: sortable.isDragging ? 2 : undefined,
        position: "relative",
      }}
    >
      <Group gap={6} p="xs" wrap="nowrap">
        {!readOnly && (
          <ActionIcon
            variant="subtle"
            color="gray"
            style={{ cursor: "grab", touchAction: "none" }}
            {...sortable.attributes}
            {...sortable.listeners}
            aria-label={`Move ${name}: Space, then arrows`}
          >
            <IconGripVertical size={16} />
          </ActionIcon>
        )}
        <UnstyledButton
          onClick={props.onToggle}
          aria-expanded={opened}
          aria-controls={panel}
          style={{ flex: 1, minWidth: 0 }}
        >
          <Group gap="xs" wrap="nowrap">
            <IconChevronRight
              size={16}
              style={{ transform: opened ? "rotate(90deg)" : undefined, flexShrink: 0 }}
            />
            <Text size="sm" c="dimmed" style={{ flexShrink: 0 }}>
              {place + 1}
            </Text>
            <Box style={{ minWidth: 0 }}>
              <Text size="sm" fw={600} truncate>
                {name}
              </Text>
              <Text size="xs" c="dimmed" truncate>
                {whose(variant)}: {differenceText(props.value, variant.value)}
              </Text>
            </Box>
            {isWrong && <Badge color="red">Not right yet</Badge>}
          </Group>
        </UnstyledButton>
        {!readOnly && (
          <>
            <Moves
              what={name}
              up={place > 0 ? () => props.onMove(place - 1) : undefined}
              down={place < variants.length - 1 ? () => props.onMove(place + 1) : undefined}
            />
            <MoreActions name={name} {...props} />
          </>
        )}
      </Group>
      {opened && (
        <Box id={panel} p="md" pt="xs">
          <VariantFields {...props} />
        </Box>
      )}
    </Paper>
  );
}

/** Who a variant is for, in a line. */
export function whose(variant: DraftVariant): string {
  const who = variant.audiences.length === 0 ? "Everybody" : variant.audiences.join(" or ");
  const share = variant.rolloutPercent;
  return share === 100 ? who : `${share.toLocaleString("en")} % of ${who.toLowerCase()}`;
}

/** What a variant changes of the default, in a few words. */
function differenceText(before: string, after: string): string {
  const changes = valueChanges(before, after);
  const [first] = changes;
  if (!first) {
    return "the same as the default";
  }
  if (first.path === "") {
    return after.slice(0, 60) || "an empty text";
  }
  const names = changes.slice(0, PATHS_SHOWN).map((change) => change.path);
  const more = changes.length - names.length;
  return `changes ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function MoreActions({ name, onDuplicate, onRemove }: VariantCardProps & { name: string }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`More for ${name}`}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconCopy size={16} />} onClick={onDuplicate}>
          Duplicate
        </Menu.Item>
        <Menu.Item leftSection={<IconTrash size={16} />} color="red" onClick={onRemove}>
          Take away
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function VariantFields({
  variant,
  place,
  onVariant,
  value,
  schema,
  field,
  errors,
  readOnly,
  onProblem,
}: VariantCardProps) {
  const at = `${field}[${place}]`;
  const change = (changes: Partial<DraftVariant>) => onVariant({ ...variant, ...changes });
  const audienceError = Object.entries(errors).find(([each]) => each.startsWith(`${at}.audiences`));
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label="Name"
          value={variant.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          error={errors[`${at}.name`]}
          readOnly={readOnly}
          required
          maxLength={64}
        />
        <TextInput
          label="Description"
          value={variant.description}
          onChange={(event) => change({ description: event.currentTarget.value })}
          error={errors[`${at}.description`]}
          readOnly={readOnly}
          maxLength={128}
        />
        <AudiencesInput
          description="Players of any of them; everybody if there is none"
          value={variant.audiences}
          onChange={(audiences) => change({ audiences })}
          error={audienceError?.[1]}
          readOnly={readOnly}
        />
        <NumberInput
          label="Rolled out to"
          description="Who has it keeps it when the percentage grows"
          suffix=" %"
          min={0}
          max={100}
          value={variant.rolloutPercent}
          onChange={(share) => change({ rolloutPercent: Number(share) || 0 })}
          error={errors[`${at}.rollout_percent`]}
          readOnly={readOnly}
          maw={180}
        />
      </SimpleGrid>
      <ValueEditor
        label={`Value of ${variant.name || "this variant"}`}
        schema={schema}
        value={variant.value}
        onChange={(changed) => change({ value: changed })}
        error={errors[`${at}.value`]}
        readOnly={readOnly}
        onProblem={(problem) => onProblem(`${field} ${variant.key}`, problem)}
      />
      <ValueDifference before={value} after={variant.value} />
    </Stack>
  );
}
