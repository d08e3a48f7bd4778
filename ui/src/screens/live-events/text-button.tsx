import { Button } from "@mantine/core";

/** A small action within a text. */
export function TextButton({
  onClick,
  label,
  children,
}: {
  onClick: () => void;
  /** For screen readers, where several are called the same. */
  label?: string;
  children: string;
}) {
  return (
    <Button size="compact-xs" variant="subtle" onClick={onClick} aria-label={label}>
      {children}
    </Button>
  );
}
