import { useId, useState } from "react";
import { Block } from "../app/parts";
import { Pick } from "../components/knob";
import type { Field } from "../data/question";

const kMainFields = 10;
/** Names that say more in a form than their keys do. */
const kNames: Readonly<Record<string, string>> = {
  gpus: "Accelerators",
  isl: "Prompt tokens",
  osl: "Answer tokens",
  seq: "Sequence tokens",
  it_mw: "IT power (MW)",
  phrase: "In words, instead of the fields after it",
};
/** Fields for a sentence, with one. */
const kSentences: Readonly<Record<string, string>> = { phrase: "Llama 4 Maverick, 22T tokens, 60 days" };

/** A file whose text stands for a field: of its own, not of the address. */
export interface Chosen {
  name: string;
  text: string;
}
export type Files = Readonly<Record<string, Chosen>>;

/** The name of a field; one that is wanted says so until it has a value. */
function Label({ id, field, empty }: { id: string; field: Field; empty: boolean }) {
  return (
    <label htmlFor={id} title={field.help}>
      {kNames[field.key] ?? field.label}
      {field.required && empty && <span className="unit"> required</span>}
    </label>
  );
}

function FileEntry({ field, file, set }: { field: Field; file?: Chosen; set: (file: Chosen) => void }) {
  const id = useId();
  return (
    <div className="knob">
      <Label id={id} field={field} empty={!file} />
      <input
        id={id}
        className="field"
        type="file"
        title={file?.name ?? field.help}
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          if (chosen) void chosen.text().then((text) => set({ name: chosen.name, text }));
        }}
      />
    </div>
  );
}

function Entry({
  field,
  value,
  wrong,
  set,
}: {
  field: Field;
  value: string;
  wrong: boolean;
  set: (value: string) => void;
}) {
  const id = useId();
  const [text, set_text] = useState(value);
  if (field.kind === "choice")
    return <Pick label={field.label} value={value || field.initial} set={set} options={field.options} />;
  if (field.kind === "flag")
    return (
      <Pick
        label={field.label}
        value={value || "false"}
        set={(next) => set(next === "true" ? next : "")}
        options={[
          ["false", "no"],
          ["true", "yes"],
        ]}
      />
    );
  return (
    <div className={kSentences[field.key] ? "knob sentence" : "knob"}>
      <Label id={id} field={field} empty={!text} />
      <input
        id={id}
        className="field"
        value={text}
        title={text}
        aria-invalid={wrong || undefined}
        placeholder={field.initial || kSentences[field.key]}
        autoComplete="off"
        onChange={(event) => set_text(event.target.value)}
        onBlur={() => set(text)}
        onKeyDown={(event) => {
          if (event.key === "Enter") set(text);
        }}
      />
    </div>
  );
}

interface Props {
  /** Keys of fields that the server names in what it did not like. */
  wrong: readonly string[];
  fields: readonly Field[];
  values: Readonly<Record<string, string>>;
  set: (key: string, value: string) => void;
  files: Files;
  set_file: (key: string, file: Chosen) => void;
}

/** The fields of a command: what is wanted, what is given and the first of the others in sight, the rest behind a press. */
export function Form({ wrong, fields, values, set, files, set_file }: Props) {
  const given = (field: Field) => field.required || values[field.key] !== undefined;
  const main = fields.filter((field, i) => given(field) || (i < kMainFields && field.kind !== "file"));
  const rest = fields.filter((field) => !main.includes(field));
  const entries = (list: readonly Field[]) => (
    <div className="knobs">
      {list.map((field) =>
        field.kind === "file" ? (
          <FileEntry key={field.key} field={field} file={files[field.key]} set={(file) => set_file(field.key, file)} />
        ) : (
          <Entry
            key={`${field.key}=${values[field.key] ?? ""}`}
            field={field}
            value={values[field.key] ?? ""}
            wrong={wrong.includes(field.key)}
            set={(value) => set(field.key, value)}
          />
        ),
      )}
    </div>
  );
  return (
    <Block>
      {entries(main)}
      {rest.length > 0 && (
        <details className="further">
          <summary>{rest.length === 1 ? "One further option" : `${rest.length} further options`}</summary>
          {entries(rest)}
        </details>
      )}
    </Block>
  );
}
