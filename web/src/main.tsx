import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./design/tokens.css";
import "./design/base.css";
import "./design/components.css";
import "./design/print.css";
import "uplot/dist/uPlot.min.css";
import { Report } from "./report/report";
import { read_run } from "./run";

const result = read_run(document.getElementById("gigawatt-run")?.textContent ?? "");
if (result.ok) document.title = `${result.run.scenario.title || result.run.scenario.name} · Gigawatt`;

createRoot(document.getElementById("app")!).render(
  <StrictMode>
    {result.ok ? (
      <Report run={result.run} />
    ) : (
      <main className="wrap problem">
        <h1>No run to show</h1>
        <p className="lead">{result.reason}</p>
      </main>
    )}
  </StrictMode>,
);
