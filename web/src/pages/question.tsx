import { useId, useMemo, useState, type ReactNode } from "react";
import { post } from "../app/api";
import { useAnswer, useGet } from "../app/load";
import type { Command, CommandAnswer, Post } from "../app/operation";
import { Block, PageHead, Problem, Refusal, Waiting } from "../app/parts";
import { useQuery } from "../app/router";
import { Curve } from "../charts/curve";
import { Pick } from "../components/knob";
import { RowTable } from "../components/row_table";
import { Stat } from "../components/stat";
import { body_of, fields_of, name_and_unit, parts_of, type Field, type Row } from "../data/question";
import { compact, humanize, quantity } from "../format";

/** What is asked when nothing was typed yet: a question with an answer worth reading. */
const kFirst: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ask: { topic: "cost", system: "GB300", power: "1 GW" },
  power: {
    model: "llama3.1-405b",
    system: "h100-sxm",
    gpus: "16384",
    seq: "8192",
    global_batch: "2048",
    plan: "TP8 PP16 VPP8 DP128 MB1 ZeRO2 SP recompute=modules:layernorm",
    batteries: "13",
  },
  site: { site: "prometheus", it_mw: "500" },
  serving: {
    model: "llama3.1-70b",
    system: "h100-sxm",
    gpus: "8",
    isl: "1024",
    osl: "512",
    tp: "8",
    concurrency: "64",
  },
  net: { topology: "fat-tree:16", permutation: "1024", bytes: "2e6" },
  across: {
    model: "llama4-behemoth",
    system: "h100-sxm",
    gpus: "32768",
    plan: "TP4 CP8 PP8 VPP12 EP16 ETP4 MB2 SP interleaved",
    between: "prometheus,hyperion",
    capacity_tbps: "10,20,50,100,205,500",
  },
  fit: { what: "failures" },
  operate: { model: "llama3.1-405b", system: "h100-sxm", gpus: "16384", tokens: "15T", futures: "20" },
};
const kMainFields = 10;
/** Abbreviations that a form spells out. */
const kNames: Readonly<Record<string, string>> = {
  gpus: "Accelerators",
  isl: "Prompt tokens",
  osl: "Answer tokens",
  seq: "Sequence tokens",
  tp: "TP",
  cp: "CP",
  pp: "PP",
  vpp: "VPP",
  ep: "EP",
  etp: "ETP",
  dp: "DP",
  it_mw: "IT power",
};

/** A file whose text stands for a field: of its own, not of the address. */
interface Chosen {
  name: string;
  text: string;
}
type Files = Readonly<Record<string, Chosen>>;

function FileEntry({ field, file, set }: { field: Field; file?: Chosen; set: (file: Chosen) => void }) {
  const id = useId();
  return (
    <div className="knob">
      <label htmlFor={id} title={field.help}>
        {field.label}
        {field.required && <span className="unit"> required</span>}
      </label>
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

function Entry({ field, value, set }: { field: Field; value: string; set: (value: string) => void }) {
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
    <div className="knob">
      <label htmlFor={id} title={field.help}>
        {kNames[field.key] ?? field.label}
        {field.required && <span className="unit"> required</span>}
      </label>
      <input
        id={id}
        className="field"
        value={text}
        placeholder={field.initial}
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

function shown(key: string, value: unknown): string {
  const [, unit] = name_and_unit(key);
  if (typeof value === "number") return unit === "%" ? `${compact(value)}%` : quantity(value, unit);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value == null ? "" : String(value);
}

/** The keys of rows that fit into cells: lists inside a row are in the answer's JSON. */
function flat_keys(rows: readonly Row[]): string[] {
  const nested = (key: string) => rows.some((row) => typeof row[key] === "object" && row[key] !== null);
  return [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((key) => !nested(key));
}

function Rows({ command, title, rows }: { command: string; title: string; rows: readonly Row[] }) {
  return <RowTable name={`${command}-${title}`} title={title} rows={rows} keys={flat_keys(rows)} shown={shown} />;
}

/** What a page draws beside the figures, tables and curves that follow from any answer. */
export interface MoreProps<Name extends Command> {
  answer: CommandAnswer<Name>;
  values: Readonly<Record<string, string>>;
  set: (key: string, value: string) => void;
}

function AnswerView({ command, answer }: { command: string; answer: Row }) {
  const { figures, lists, tables, curves } = useMemo(() => parts_of(answer), [answer]);
  return (
    <>
      <Block>
        <dl className="headline">
          {figures.map(({ key, value }) => (
            <Stat key={key} label={name_and_unit(key)[0]} figure={shown(key, value)} />
          ))}
        </dl>
      </Block>
      {curves.map(({ key, x, rows, ys }) => (
        <Block key={key}>
          <Curve
            title={humanize(key)}
            name={`${command}-${key}`}
            rows={rows}
            x={x}
            ys={ys}
            x_label={name_and_unit(x).filter(Boolean).join(", ")}
          />
        </Block>
      ))}
      {lists.map(({ key, items }) => {
        // "bands_mw": the figures inside are megawatts, whatever their own names end in.
        const [title, unit] = key.includes(" ") ? [humanize(key), ""] : name_and_unit(key);
        return (
          <Block key={key}>
            <Rows
              command={command}
              title={title}
              rows={items.map(({ key: name, value }) =>
                unit && typeof value === "number"
                  ? { name: humanize(name), value: quantity(value, unit) }
                  : { name: name_and_unit(name)[0], value: shown(name, value) },
              )}
            />
          </Block>
        );
      })}
      {tables.map(({ key, rows }) => (
        <Block key={key}>
          <Rows command={command} title={humanize(key)} rows={rows} />
        </Block>
      ))}
    </>
  );
}

function Form({
  fields,
  values,
  set,
  files,
  set_file,
}: {
  fields: readonly Field[];
  values: Readonly<Record<string, string>>;
  set: (key: string, value: string) => void;
  files: Files;
  set_file: (key: string, file: Chosen) => void;
}) {
  const given = (field: Field) => field.required || values[field.key] !== undefined;
  const main = fields.filter((field, i) => given(field) || i < kMainFields);
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
        <details>
          <summary>{rest.length} further options</summary>
          {entries(rest)}
        </details>
      )}
    </Block>
  );
}

/** The page of a command: its form and its answer, both as the server describes them; `drawn`: what `More` draws itself. */
export const question_page = <Name extends Command>(
  command: Name,
  title: string,
  More?: (props: MoreProps<Name>) => ReactNode,
  drawn: readonly (keyof CommandAnswer<Name>)[] = [],
) =>
  function QuestionPage() {
    const [query, set_query] = useQuery();
    const described = useGet("GET /api/openapi.json");
    const schema = described.data?.components.schemas[command];
    const fields = useMemo(() => (schema ? fields_of(schema) : []), [schema]);
    const values = useMemo(() => {
      const typed: Record<string, string> = {};
      for (const { key } of fields) {
        const text = query.get(key);
        if (text !== null) typed[key] = text;
      }
      return Object.keys(typed).length > 0 ? typed : { ...kFirst[command] };
    }, [fields, query]);
    const [files, set_files] = useState<Files>({});
    const typed = useMemo(() => body_of(fields, values), [fields, values]);
    const missing = fields.filter((field) => field.kind === "file" && field.required && !files[field.key]);
    const texts = Object.entries(files).map(([key, file]) => [key, file.text] as const);
    const names = Object.values(files).map((file) => `${file.name} ${file.text.length}`);
    const { data, error, pending, again, stop } = useAnswer(
      schema && missing.length === 0 ? `${command} ${JSON.stringify(typed)} ${names.join()}` : null,
      (signal) =>
        post(
          `POST /api/${command}` as Extract<Post, `POST /api/${Name}`>,
          { ...typed, ...Object.fromEntries(texts) },
          signal,
        ),
      true,
    );
    const rest = useMemo(
      () =>
        data
          ? Object.fromEntries(Object.entries(data).filter(([key]) => !(drawn as readonly string[]).includes(key)))
          : null,
      [data],
    );
    if (described.error) return <Problem error={described.error} />;
    return (
      <>
        <PageHead title={title} lead={`${described.data?.paths[`/api/${command}`]?.post?.summary ?? ""}.`}>
          <button type="button" className="button" disabled={!pending} onClick={stop}>
            Stop
          </button>
        </PageHead>
        <div className="wrap">
          {schema && (
            <Form
              fields={fields}
              values={values}
              set={(key, value) => set_query({ ...values, [key]: value })}
              files={files}
              set_file={(key, file) => set_files({ ...files, [key]: file })}
            />
          )}
          {missing.length > 0 && <p>Choose a file: {missing.map((field) => field.help).join(" ")}</p>}
          {error && <Refusal error={error} again={again} />}
          {data && rest ? (
            <div className={error || pending ? "stale" : undefined} aria-busy={pending}>
              {More && (
                <More answer={data} values={values} set={(key, value) => set_query({ ...values, [key]: value })} />
              )}
              <AnswerView command={command} answer={rest} />
            </div>
          ) : (
            !error && missing.length === 0 && <Waiting what="Computing" />
          )}
        </div>
      </>
    );
  };
