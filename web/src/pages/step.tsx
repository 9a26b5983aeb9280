import { useCallback, useMemo } from "react";
import { post } from "../app/api";
import { useAnswer } from "../app/load";
import { PageHead, Refusal, Waiting } from "../app/parts";
import { useQuery } from "../app/router";
import { read_question, step_body, step_key, write_question, type StepQuestion } from "../data/plan";
import { Bars, Figures, Strip } from "./step_answer";
import { Neighbors, TakeAway } from "./step_around";
import { Knobs } from "./step_knobs";

const ask_step = (question: StepQuestion) => (signal: AbortSignal) =>
  post("POST /api/step", step_body(question), signal);

/** The pinned question travels in the address as a query of its own. */
function read_pin(query: URLSearchParams): StepQuestion | null {
  const pin = query.get("pin");
  return pin === null ? null : read_question(new URLSearchParams(pin));
}

function write_pin(question: StepQuestion): string {
  return (
    new URLSearchParams(
      Object.entries(write_question(question)).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ).toString() || "default"
  );
}

export default function StepPage() {
  const [query, set_query] = useQuery();
  const question = useMemo(() => read_question(query), [query]);
  const pinned = useMemo(() => read_pin(query), [query]);
  const change = useCallback(
    (part: Partial<StepQuestion>) => set_query(write_question({ ...question, ...part })),
    [question, set_query],
  );
  const answer = useAnswer(step_key(question), ask_step(question));
  const pin = useAnswer(pinned && step_key(pinned), ask_step(pinned ?? question));
  const result = answer.data;
  return (
    <>
      <PageHead title="Step" lead="One training step from its plan. Arrow keys in a field double and halve.">
        <button
          type="button"
          className="button"
          aria-pressed={!!pinned}
          onClick={() => set_query({ pin: pinned ? null : write_pin(question) })}
        >
          {pinned ? "Unpin" : "Pin to compare"}
        </button>
        {pinned && (
          <button type="button" className="button" onClick={() => set_query(write_question(pinned))}>
            Back to pinned
          </button>
        )}
      </PageHead>
      <div className="wrap bench">
        <Knobs question={question} change={change} />
        {result && <Strip result={result} refused={!!answer.error} />}
        <div className="bench-main">
          {answer.error && <Refusal error={answer.error} />}
          {result ? (
            <div className={`bench-main${answer.error ? " stale" : ""}`} aria-busy={answer.pending}>
              <Figures result={result} pinned={pinned ? pin.data : undefined} />
              <Bars result={result} pinned={pinned ? pin.data : undefined} />
            </div>
          ) : (
            !answer.error && <Waiting />
          )}
          {!answer.error && result && (
            <Neighbors question={question} now={result} change={change}>
              <TakeAway question={question} />
            </Neighbors>
          )}
        </div>
      </div>
    </>
  );
}
