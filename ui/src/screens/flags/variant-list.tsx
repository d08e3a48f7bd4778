/** Variants in the order that decides between them: moved by pointer, keyboard or buttons. */

import {
  type Announcements,
  closestCenter,
  DndContext,
  type DragEndEvent,
  KeyboardSensor,
  PointerSensor,
  type UniqueIdentifier,
  useSensor,
  useSensors,
} from "@dnd-kit/core";
import {
  SortableContext,
  sortableKeyboardCoordinates,
  verticalListSortingStrategy,
} from "@dnd-kit/sortable";
import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { EmptyState } from "@/shared/feedback";
import { type DraftVariant, duplicated, moved, newVariant } from "./draft";
import { VariantCard } from "./variant-card";

export interface VariantListProps {
  variants: DraftVariant[];
  onChange: (variants: DraftVariant[]) => void;
  /** The default that variants differ from. */
  value: string;
  schema: object | undefined;
  /** Where the variants stand in the API's fields, such as `schedule[0].variants`. */
  field: string;
  errors: Record<string, string>;
  readOnly: boolean;
  onProblem: (part: string, problem: string) => void;
}

export function VariantList(props: VariantListProps) {
  const { variants, onChange, value, readOnly } = props;
  const [opened, setOpened] = useState<string | null>(
    variants.length === 1 ? (variants[0]?.key ?? null) : null,
  );
  const addButton = useRef<HTMLButtonElement>(null);
  const wrong = variants.findIndex((_, index) =>
    Object.keys(props.errors).some((each) => each.startsWith(`${props.field}[${index}]`)),
  );
  const wrongKey = variants[wrong]?.key;
  useEffect(() => {
    if (wrongKey !== undefined) {
      setOpened(wrongKey);
    }
  }, [wrongKey]);
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const places = variants.map((variant) => variant.key);
  const drop = ({ active, over }: DragEndEvent) => {
    const [from, to] = [places.indexOf(String(active.id)), places.indexOf(String(over?.id))];
    if (from >= 0 && to >= 0 && from !== to) {
      onChange(moved(variants, from, to));
    }
  };
  const add = () => {
    const variant = newVariant(variants, value);
    onChange([...variants, variant]);
    setOpened(variant.key);
  };
  const button = !readOnly && (
    <Button
      ref={addButton}
      variant={variants.length === 0 ? "filled" : "default"}
      leftSection={<IconPlus size={16} />}
      onClick={add}
    >
      Add variant
    </Button>
  );
  if (variants.length === 0) {
    return (
      <EmptyState title="Everybody has the default value" action={button}>
        A variant is another value for the players of some audiences, or for a percentage of all.
      </EmptyState>
    );
  }
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        From top to bottom: the first variant that a player is in wins. Who is in none has the
        default value. Order them from the narrowest audience to the widest.
      </Text>
      <DndContext
        sensors={sensors}
        collisionDetection={closestCenter}
        onDragEnd={drop}
        accessibility={{ announcements: announcements(variants) }}
      >
        <SortableContext items={places} strategy={verticalListSortingStrategy}>
          <Stack gap="xs" component="ol" m={0} p={0} style={{ listStyle: "none" }}>
            {variants.map((variant, index) => (
              <VariantCard
                key={variant.key}
                {...props}
                variant={variant}
                place={index}
                opened={opened === variant.key}
                onToggle={() => setOpened(opened === variant.key ? null : variant.key)}
                onVariant={(changed) =>
                  onChange(variants.map((each) => (each.key === variant.key ? changed : each)))
                }
                onMove={(to) => onChange(moved(variants, index, to))}
                onDuplicate={() => onChange(duplicated(variants, variant.key))}
                onRemove={() => {
                  onChange(variants.filter((each) => each.key !== variant.key));
                  // The menu that asked for it goes with it.
                  setTimeout(() => addButton.current?.focus());
                }}
              />
            ))}
          </Stack>
        </SortableContext>
      </DndContext>
      <Group>{button}</Group>
    </Stack>
  );
}

/** What screen readers are told while a variant is moved. */
function announcements(variants: readonly DraftVariant[]): Announcements {
  const name = (key: UniqueIdentifier) =>
    variants.find((variant) => variant.key === key)?.name ?? "the variant";
  const place = (key: UniqueIdentifier) =>
    `place ${variants.findIndex((variant) => variant.key === key) + 1} of ${variants.length}`;
  return {
    onDragStart: ({ active }) => `Picked up ${name(active.id)}, ${place(active.id)}.`,
    onDragOver: ({ active, over }) =>
      over ? `${name(active.id)} is at ${place(over.id)}.` : `${name(active.id)} is nowhere.`,
    onDragEnd: ({ active, over }) =>
      over ? `${name(active.id)} is put at ${place(over.id)}.` : `${name(active.id)} stays.`,
    onDragCancel: ({ active }) => `${name(active.id)} stays where it was.`,
  };
}
