import { useMemo, useState, type ReactNode } from "react";
import { post } from "../app/api";
import { useAnswer, useGet } from "../app/load";
import type { Command, CommandAnswer, Post } from "../app/operation";
import { PageHead, Problem, Refusal, Waiting } from "../app/parts";
import { useQuery } from "../app/router";
import { body_of, fields_of, wrong_fields, type Row } from "../data/question";
import { AnswerParts, HeadlineFigures, Notes } from "./answer_view";
import { Form, type Files } from "./question_form";

/** What is asked when nothing was typed yet: a question with an answer worth reading. */
const kFirst: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ask: { topic: "cost", phrase: "1 GW of GB300" },
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
/** What a page draws beside the figures, tables and curves that follow from any answer. */
export interface MoreProps<Name extends Command> {
  answer: CommandAnswer<Name>;
  values: Readonly<Record<string, string>>;
  set: (key: string, value: string) => void;
}

interface Own<Name extends Command> {
  /** What the answer says first, in this order. */
  headline?: readonly (keyof CommandAnswer<Name> & string)[];
  More?: (props: MoreProps<Name>) => ReactNode;
  /** What stands below a figure of the headline. */
  notes?: (answer: CommandAnswer<Name>) => Readonly<Record<string, string>>;
  /** What `More` draws itself, and what is of no use on a page. */
  drawn?: readonly (keyof CommandAnswer<Name> & string)[];
}

/** The page of a command: its form and its answer, both as the server describes them. */
export const question_page = <Name extends Command>(
  command: Name,
  title: string,
  { headline = [], notes, More, drawn = [] }: Own<Name> = {},
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
    const rest = useMemo((): Row => {
      const elsewhere: readonly string[] = [...drawn, ...headline, "notes"];
      return Object.fromEntries(Object.entries(data ?? {}).filter(([key]) => !elsewhere.includes(key)));
    }, [data]);
    if (described.error) return <Problem error={described.error} />;
    if (!schema)
      return (
        <>
          <PageHead title={title} />
          <Waiting />
        </>
      );
    const set = (key: string, value: string) => set_query({ ...values, [key]: value });
    return (
      <>
        <PageHead title={title} lead={`${described.data!.paths[`/api/${command}`]?.post?.summary ?? title}.`}>
          <button type="button" className="button" disabled={!pending} onClick={stop}>
            Stop
          </button>
        </PageHead>
        <div className="wrap">
          <Form
            wrong={error ? wrong_fields(error.message, fields, values) : []}
            fields={fields}
            values={values}
            set={set}
            files={files}
            set_file={(key, file) => set_files({ ...files, [key]: file })}
          />
          {missing.map((field) => (
            <p key={field.key} className="note-line">
              Choose a file for {field.label}: {field.help.replaceAll("`", "")}
            </p>
          ))}
          {error && <Refusal error={error} again={again} />}
          {data ? (
            <div className={error || pending ? "stale" : undefined} aria-busy={pending}>
              <h2 className="hidden-text">Answer</h2>
              {headline.length > 0 && <HeadlineFigures answer={data as Row} keys={headline} notes={notes?.(data)} />}
              <Notes notes={(data as Row).notes} />
              {More && <More answer={data} values={values} set={set} />}
              <AnswerParts command={command} answer={rest} />
            </div>
          ) : (
            !error && missing.length === 0 && <Waiting what="Computing" />
          )}
        </div>
      </>
    );
  };
