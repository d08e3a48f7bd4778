/** CodeMirror as a React component, in the console's colours. */

import { autocompletion, type CompletionSource, closeBrackets } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import {
  bracketMatching,
  HighlightStyle,
  StreamLanguage,
  type StreamParser,
  syntaxHighlighting,
} from "@codemirror/language";
import { type Diagnostic, linter, lintGutter } from "@codemirror/lint";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, placeholder as placeholderOf } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";

export interface CodeProps {
  value: string;
  onChange?: (text: string) => void;
  /** `json`, plain text, or a tokenizer of another language. */
  language?: "json" | "text" | StreamParser<unknown>;
  readOnly?: boolean;
  placeholder?: string;
  /** Finds what is wrong with the text; the server's findings, mostly. */
  lint?: (text: string) => Diagnostic[] | Promise<Diagnostic[]>;
  complete?: CompletionSource;
  minHeight?: number;
  maxHeight?: number;
  lineWrapping?: boolean;
}

/** The nonce that the security policy lets style elements in with. */
export const styleNonce: string =
  document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.variableName], color: "var(--code-name)" },
  { tag: [tags.string], color: "var(--code-text)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-value)" },
  { tag: [tags.keyword, tags.operator], color: "var(--code-word)" },
  { tag: [tags.function(tags.variableName)], color: "var(--code-call)" },
  { tag: [tags.comment], color: "var(--mantine-color-dimmed)" },
  { tag: [tags.invalid], color: "var(--mantine-color-error)" },
]);

export const look = EditorView.theme({
  "&": {
    fontSize: "13px",
    border: "1px solid var(--mantine-color-default-border)",
    borderRadius: "var(--mantine-radius-md)",
    backgroundColor: "var(--mantine-color-body)",
    color: "var(--mantine-color-text)",
  },
  "&.cm-focused": { outline: "2px solid var(--mantine-primary-color-filled)" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--mantine-color-text)" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  ".cm-gutters": {
    backgroundColor: "var(--matsuri-sunken)",
    color: "var(--mantine-color-dimmed)",
    border: "none",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--mantine-color-body)",
    border: "1px solid var(--mantine-color-default-border)",
    borderRadius: "var(--mantine-radius-sm)",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--mantine-primary-color-filled)",
    color: "#fff",
  },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { backgroundColor: "var(--mantine-primary-color-light-hover)" },
  ".cm-placeholder": { color: "var(--mantine-color-placeholder)" },
});

/** What every editor of the console has. */
export const basics: Extension[] = [
  history(),
  bracketMatching(),
  syntaxHighlighting(colours),
  look,
  EditorView.cspNonce.of(styleNonce),
  keymap.of([...defaultKeymap, ...historyKeymap]),
];

function languageOf(language: CodeProps["language"]): Extension {
  if (language === "json") {
    return json();
  }
  return typeof language === "object" ? StreamLanguage.define(language) : [];
}

/** A code editor; Tab leaves it, as it leaves other fields. */
export default function CodeEditor({
  value,
  onChange,
  language = "text",
  readOnly = false,
  placeholder = "",
  lint,
  complete,
  minHeight = 60,
  maxHeight = 560,
  lineWrapping = true,
  label,
}: CodeProps & { label: string }) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const listeners = useRef({ onChange, lint, complete });
  listeners.current = { onChange, lint, complete };
  const settings = useRef(new Compartment());
  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; later values go in below
  useEffect(() => {
    if (!place.current) {
      return;
    }
    const checks: Extension[] = [];
    if (lint) {
      checks.push(
        lintGutter(),
        linter((at) => listeners.current.lint?.(at.state.doc.toString()) ?? [], { delay: 350 }),
      );
    } else if (language === "json" && !readOnly) {
      const parse = jsonParseLinter();
      checks.push(
        lintGutter(),
        linter((at) => (at.state.doc.length === 0 ? [] : parse(at))),
      );
    }
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          ...basics,
          languageOf(language),
          language === "json" || lint ? lineNumbers() : [],
          readOnly ? [] : closeBrackets(),
          checks,
          complete
            ? autocompletion({
                override: [(context) => listeners.current.complete?.(context) ?? null],
              })
            : [],
          lineWrapping ? EditorView.lineWrapping : [],
          placeholder ? placeholderOf(placeholder) : [],
          EditorView.contentAttributes.of({ "aria-label": label }),
          settings.current.of([
            EditorState.readOnly.of(readOnly),
            EditorView.editable.of(!readOnly),
          ]),
          EditorView.theme({
            ".cm-scroller": {
              minHeight: readOnly ? "0" : `${minHeight}px`,
              maxHeight: `${maxHeight}px`,
              overflow: "auto",
            },
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) {
              listeners.current.onChange?.(update.state.doc.toString());
            }
          }),
        ],
      }),
    });
    view.current = made;
    return () => {
      view.current = null;
      made.destroy();
    };
  }, []);
  useEffect(() => {
    const current = view.current;
    if (current && current.state.doc.toString() !== value) {
      current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: value } });
    }
  }, [value]);
  useEffect(() => {
    view.current?.dispatch({
      effects: settings.current.reconfigure([
        EditorState.readOnly.of(readOnly),
        EditorView.editable.of(!readOnly),
      ]),
    });
  }, [readOnly]);
  return <div ref={place} />;
}
