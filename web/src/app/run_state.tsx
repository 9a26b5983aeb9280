import { Icon } from "../components/small";
import type { RunState } from "./operation";

const kWords: Record<RunState, [word: string, look: string, icon: string]> = {
  queued: ["Queued", "", "open"],
  running: ["Running", "", "run"],
  done: ["Done", "good", "yes"],
  failed: ["Failed", "bad", "no"],
  cancelled: ["Stopped", "", "no"],
  interrupted: ["Interrupted", "bad", "no"],
};

export function RunStateChip({ status }: { status: RunState }) {
  const [word, look, icon] = kWords[status] ?? [status, "", "open"];
  return (
    <span className={`chip ${look}`}>
      <Icon name={icon} />
      {word}
    </span>
  );
}
