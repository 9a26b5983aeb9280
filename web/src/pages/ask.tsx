import { Block } from "../app/parts";
import { Stat } from "../components/stat";
import { percent, quantity } from "../format";
import { question_page, type MoreProps } from "./question";

/** What a reader asks for, before what it is worked out from; an answer has those of its topic. */
const kFirst = [
  "the training, without the cost of capital",
  "days without interruptions",
  "output tokens a second",
  "tokens a second of a user",
  "energy of an output token, IT",
  "capital",
  "an accelerator-hour, without the cost of capital",
  "tokens a second",
  "MFU",
  "electricity a year",
  "accelerators",
  "power at the meter",
  "energy a year at the meter",
];
const kMost = 6;

function First({ answer }: MoreProps<"ask">) {
  const told = kFirst.flatMap((name) => answer.answers.filter((row) => row.name === name)).slice(0, kMost);
  const write = (value: number, { name, unit }: (typeof told)[number]) =>
    name === "MFU" ? percent(value) : quantity(value, unit);
  return (
    <Block title={answer.question}>
      <dl className="headline">
        {told.map((row) => (
          <Stat
            key={row.name}
            label={row.name.charAt(0).toUpperCase() + row.name.slice(1)}
            figure={write(row.value, row)}
            note={row.low === row.high ? undefined : `${write(row.low, row)} to ${write(row.high, row)}`}
          />
        ))}
      </dl>
    </Block>
  );
}

export default question_page("ask", "Gigawatt", { More: First, drawn: ["question"] });
