import {
  acceptCompletion,
  autocompletion,
  completionKeymap,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic as Mark } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  hoverTooltip,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef, type RefObject } from "react";
import type { Diagnostic } from "../app/api";
import { place_at, schema_at, suggestions, kind_of, type Schema } from "./context";

export interface EditorHandle {
  jump: (line: number, column?: number) => void;
}

interface Props {
  text: string;
  change: (text: string) => void;
  schema: Schema | undefined;
  names: (key: string) => readonly string[];
  diagnostics: readonly Diagnostic[];
  handle: RefObject<EditorHandle | null>;
  run: () => void;
}

const kColors = HighlightStyle.define([
  { tag: tags.comment, color: "var(--ink-3)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.number, tags.atom, tags.bool], color: "var(--accent)" },
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--ink)" },
  { tag: [tags.bracket, tags.heading, tags.keyword], color: "var(--bad)", fontWeight: "600" },
]);

const kLooks = EditorView.theme({
  "&": { backgroundColor: "var(--paper)", color: "var(--ink)", fontSize: "0.8125rem", height: "100%" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)", paddingBlock: "8px" },
  ".cm-gutters": {
    backgroundColor: "var(--raised)",
    color: "var(--ink-3)",
    border: "none",
    borderRight: "1px solid var(--line)",
  },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--hover) 55%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--hover)", color: "var(--ink)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 26%, transparent)",
  },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--c4) 26%, transparent)" },
  ".cm-tooltip": {
    backgroundColor: "var(--paper)",
    border: "1px solid var(--line-strong)",
    borderRadius: "6px",
    color: "var(--ink)",
    fontFamily: "var(--font)",
    fontSize: "0.8125rem",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 8px", fontFamily: "var(--mono)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--ink)",
    color: "var(--paper)",
  },
  ".cm-completionDetail": { fontStyle: "normal", opacity: "0.7" },
  ".cm-completionInfo": { maxWidth: "22rem", padding: "6px 10px" },
  ".cm-hover": { padding: "5px 10px", maxWidth: "26rem" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--ink)" },
  ".cm-textfield, .cm-button": {
    backgroundColor: "var(--paper)",
    backgroundImage: "none",
    color: "var(--ink)",
    border: "1px solid var(--line-strong)",
    borderRadius: "4px",
  },
  ".cm-diagnostic": { padding: "5px 10px" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--bad)" },
});

/** A TOML editor that knows the scenario's schema and shows the server's diagnostics at their lines. */
export default function TomlEditor({ text, change, schema, names, diagnostics, handle, run }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const now = useRef({ schema, names, change, run });
  now.current = { schema, names, change, run };

  useEffect(() => {
    const complete = (context: CompletionContext): CompletionResult | null => {
      const { schema: known, names: named } = now.current;
      const place = known && place_at(context.state.doc.toString(), context.pos);
      if (!known || !place || (!place.typed && !context.explicit && place.at !== "value")) return null;
      const options = suggestions(known, place, named).map(({ label, insert, detail, info, boost }) => ({
        label,
        detail,
        info: info || undefined,
        boost,
        apply: (editor: EditorView, _: unknown, from: number, to: number) => {
          const cursor = insert.indexOf("|");
          const inserted = insert.replace("|", "");
          editor.dispatch({
            changes: { from, to, insert: inserted },
            selection: { anchor: from + (cursor < 0 ? inserted.length : cursor) },
          });
        },
      }));
      return options.length ? { from: place.from, options, validFor: /^["'A-Za-z0-9_.-]*$/ } : null;
    };
    const hover = hoverTooltip((editor, position) => {
      const line = editor.state.doc.lineAt(position);
      const key = /^\s*([A-Za-z0-9_-]+)\s*=/.exec(line.text)?.[1];
      const known = now.current.schema;
      const place = known && key ? place_at(editor.state.doc.toString(), line.from) : null;
      const entry = place && schema_at(known!, [...place.table, key!]);
      if (!entry?.description || position > line.from + line.text.indexOf("=")) return null;
      return {
        pos: line.from,
        create: () => {
          const dom = document.createElement("div");
          dom.className = "cm-hover";
          dom.textContent = `${entry.description} ${kind_of(entry, known!) ? `(${kind_of(entry, known!)})` : ""}`;
          return { dom };
        },
      };
    });
    // In a shadow tree its style sheets are adopted, not written into the page, as a strict content policy asks.
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: "open" });
    const made = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(),
          highlightActiveLineGutter(),
          highlightActiveLine(),
          history(),
          drawSelection(),
          bracketMatching(),
          highlightSelectionMatches(),
          search({ top: true }),
          StreamLanguage.define(toml),
          syntaxHighlighting(kColors),
          kLooks,
          lintGutter(),
          autocompletion({ override: [complete], icons: false }),
          hover,
          // Tab leaves the editor, as everywhere; with the list of suggestions open it takes one.
          keymap.of([
            { key: "Mod-Enter", run: () => (now.current.run(), true) },
            { key: "Tab", run: acceptCompletion },
            ...completionKeymap,
            ...lintKeymap,
            ...searchKeymap,
            ...historyKeymap,
            ...defaultKeymap,
          ]),
          EditorView.contentAttributes.of({ "aria-label": "Scenario, TOML", spellcheck: "false", tabindex: "0" }),
          EditorView.updateListener.of(
            (update) => update.docChanged && now.current.change(update.state.doc.toString()),
          ),
        ],
      }),
    });
    view.current = made;
    handle.current = {
      jump: (number, column = 1) => {
        const line = made.state.doc.line(Math.min(Math.max(1, number), made.state.doc.lines));
        made.dispatch({
          selection: { anchor: Math.min(line.to, line.from + Math.max(0, column - 1)) },
          effects: EditorView.scrollIntoView(line.from, { y: "center" }),
        });
        made.focus();
      },
    };
    return () => {
      made.destroy();
      view.current = null;
      handle.current = null;
    };
    // Made once; another text is put in below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== text)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const marks = diagnostics.map((one): Mark => {
      const line = editor.state.doc.line(Math.min(Math.max(1, one.line ?? 1), editor.state.doc.lines));
      const from = Math.min(line.to, line.from + Math.max(0, (one.column ?? 1) - 1));
      const to = one.length ? Math.min(line.to, from + one.length) : line.to;
      return {
        from,
        to: Math.max(from, to),
        severity: one.severity === "warning" ? "warning" : "error",
        message: one.hint ? `${one.message}\n${one.hint}` : one.message,
      };
    });
    editor.dispatch(setDiagnostics(editor.state, marks));
  }, [diagnostics]);

  return <div ref={host} className="editor" />;
}
