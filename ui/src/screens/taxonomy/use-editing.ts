/** The state of an editor: what is edited of which version, and what differs from it. */

import { useMemo, useState } from "react";
import type { Definitions, Fields } from "@/api/definitions";
import { changedFields, type Form, rebased } from "./forms";
import type { TaxonomyKind } from "./kinds";

interface Edit<K extends TaxonomyKind, D> {
  draft: D;
  /** The version that is edited; of none for a new one. */
  base: Definitions[K] | undefined;
}

export interface Editing<K extends TaxonomyKind, D> extends Edit<K, D> {
  /** What differs from `base`. */
  changed: Fields;
  dirty: boolean;
  /** Somebody else's newer version, under what is edited here, and what they changed. */
  newer: { fields: string[] } | undefined;
  onChange: (changes: Partial<D>) => void;
  /** Forget what was edited. */
  reset: () => void;
  /** Put what was edited upon the newer version. */
  keepMine: () => void;
}

/** What others save meanwhile does not go under what is edited here: saving then conflicts. */
export function useEditing<K extends TaxonomyKind, D extends object>(
  form: Form<K, D>,
  definition: Definitions[K] | undefined,
): Editing<K, D> {
  const [edited, setEdited] = useState<Edit<K, D> | null>(null);
  const draftOf = (base: Definitions[K] | undefined) => (base ? form.draftOf(base) : form.empty);
  const differs = (edit: Edit<K, D> | null): edit is Edit<K, D> =>
    edit !== null && Object.keys(changedFields(form, edit.draft, draftOf(edit.base))).length > 0;
  const stored = useMemo(
    () => ({ draft: definition ? form.draftOf(definition) : form.empty, base: definition }),
    [form, definition],
  );
  const { draft, base } = differs(edited) ? edited : stored;
  const original = draftOf(base);
  const changed = changedFields(form, draft, original);
  const isNewer = definition && base && definition.version !== base.version;
  return {
    draft,
    base,
    changed,
    dirty: Object.keys(changed).length > 0,
    newer: isNewer
      ? { fields: Object.keys(changedFields(form, stored.draft, original)) }
      : undefined,
    onChange: (changes) =>
      setEdited((before) => {
        const from = differs(before) ? before : stored;
        return { base: from.base, draft: { ...from.draft, ...changes } };
      }),
    reset: () => setEdited(null),
    keepMine: () =>
      setEdited({ draft: rebased(form, draft, original, stored.draft), base: definition }),
  };
}
