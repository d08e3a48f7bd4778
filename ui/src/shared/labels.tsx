/** Category labels: as badges, as a field, and as a filter of lists. */

import { Badge, Group, MultiSelect } from "@mantine/core";
import { useMemo } from "react";
import { useDefinitions } from "@/api/definitions";
import { useUrlState } from "./url-state";

/** The labels of something, in their colours. */
export function LabelBadges({ labels }: { labels: readonly string[] }) {
  const colours = useLabelColours();
  if (labels.length === 0) {
    return null;
  }
  return (
    <Group gap={4}>
      {labels.map((label) => (
        <Badge
          key={label}
          variant="default"
          size="sm"
          leftSection={<LabelMark colour={colours.get(label) ?? ""} />}
        >
          {label}
        </Badge>
      ))}
    </Group>
  );
}

/** The dot in a label's colour. */
export function LabelMark({ colour }: { colour: string }) {
  return (
    <span
      aria-hidden
      style={{
        display: "inline-block",
        width: 8,
        height: 8,
        borderRadius: 4,
        flex: "none",
        background: /^#[0-9a-f]{3,8}$/i.test(colour) ? colour : "var(--mantine-color-gray-5)",
      }}
    />
  );
}

/** Labels' colours by name. */
export function useLabelColours(): Map<string, string> {
  const labels = useDefinitions("taxonomy/label");
  return useMemo(
    () => new Map((labels.data ?? []).map((label) => [label.name, label.colour ?? ""])),
    [labels.data],
  );
}

/** A field for the labels of a definition. */
export function LabelsInput({
  value,
  onChange,
  disabled,
  error,
}: {
  value: string[];
  onChange: (labels: string[]) => void;
  disabled?: boolean;
  error?: string;
}) {
  const labels = useDefinitions("taxonomy/label");
  return (
    <MultiSelect
      label="Labels"
      description="Taxonomy → Labels has all of them"
      data={(labels.data ?? []).map((label) => label.name)}
      value={value}
      onChange={onChange}
      disabled={disabled}
      error={error}
      searchable
      clearable
      hidePickedOptions
      placeholder={value.length ? "" : "None"}
      styles={{ inputField: { minWidth: 40 } }}
    />
  );
}

/** Narrows a list to labels; the address keeps them under `label`. */
export function LabelFilter() {
  const labels = useDefinitions("taxonomy/label");
  const [url, setUrl] = useUrlState();
  const names = (labels.data ?? []).map((label) => label.name);
  if (names.length === 0 && !url.label) {
    return null;
  }
  return (
    <MultiSelect
      aria-label="Only with these labels"
      placeholder={url.label ? "" : "Any label"}
      data={names}
      value={url.label ? url.label.split(",") : []}
      onChange={(chosen) => setUrl({ label: chosen.join(","), page: "" })}
      searchable
      clearable
      w={220}
      styles={{ inputField: { minWidth: 40 } }}
    />
  );
}

/** Whether something has every label that the address asks for. */
export function hasLabels(labels: readonly string[], wanted: string | undefined): boolean {
  return !wanted || wanted.split(",").every((label) => labels.includes(label));
}
