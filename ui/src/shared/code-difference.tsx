import { json } from "@codemirror/lang-json";
import { unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { basics } from "./code-editor";

/** What stands for lines that are the same, with marks that every font has. */
const folded = EditorView.theme({
  ".cm-collapsedLines": {
    background: "var(--matsuri-sunken)",
    color: "var(--mantine-color-dimmed)",
    padding: "3px 8px",
    "&:before, &:after": { content: '"⋯"' },
  },
});

/** Two JSON texts as one, with what was taken away and what came in. */
export default function CodeDifference({ before, after }: { before: string; after: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current) {
      return;
    }
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: after,
        extensions: [
          ...basics,
          json(),
          lineNumbers(),
          EditorState.readOnly.of(true),
          EditorView.editable.of(false),
          EditorView.lineWrapping,
          folded,
          EditorView.contentAttributes.of({ "aria-label": "What changes" }),
          unifiedMergeView({
            original: before,
            mergeControls: false,
            highlightChanges: true,
            collapseUnchanged: { margin: 3, minSize: 6 },
          }),
        ],
      }),
    });
    return () => view.destroy();
  }, [before, after]);
  return <div ref={place} />;
}
