import { ThemeToggle } from "../components/small";
import { Stat } from "../components/stat";
import { date, quantity, with_dates } from "../format";
import { has_capacity, has_spend, site_names } from "../data/series";
import type { Run } from "../run";
import { AssumedSection, SourcesSection } from "./assumed";
import { CapacitySection } from "./capacity";
import { ClaimsSection } from "./claims";
import { has_hours, HoursSection } from "./hours";
import { JobsSection } from "./jobs";
import { MoneySection } from "./money";
import { PlanSection } from "./plan";
import { SitesSection } from "./sites";
import { SpendSection } from "./spend";

/** What every section gets: the run, and the color that each site keeps throughout. */
export interface SectionProps {
  run: Run;
  colors: ReadonlyMap<string, number>;
}

/** A section of the page, and whether this run has anything to show in it. */
const kSections: {
  id: string;
  title: string;
  has: (run: Run) => boolean;
  View: (props: SectionProps) => React.ReactNode;
}[] = [
  { id: "plan", title: "Plan", has: (run) => !!run.plan, View: PlanSection },
  { id: "capacity", title: "Capacity", has: has_capacity, View: CapacitySection },
  { id: "spend", title: "Spend", has: has_spend, View: SpendSection },
  { id: "money", title: "Money", has: (run) => !!(run.plan?.money || run.money?.quarters.length), View: MoneySection },
  { id: "sites", title: "Sites", has: (run) => !!run.sites?.length, View: SitesSection },
  { id: "hours", title: "Hours", has: has_hours, View: HoursSection },
  { id: "jobs", title: "Jobs", has: (run) => !!run.jobs?.length, View: JobsSection },
  { id: "claims", title: "Claims", has: (run) => !!run.claims?.length, View: ClaimsSection },
  {
    id: "assumed",
    title: "Assumptions",
    has: (run) => !!(run.assumed?.length || run.inputs?.length || run.balances?.length),
    View: AssumedSection,
  },
  { id: "sources", title: "Sources", has: (run) => !!run.sources?.length, View: SourcesSection },
];

function Brand() {
  return (
    <a className="brand" href="#top">
      <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
        <path d="M10.5 1 3 10.2h4.6L6.9 17 15 7.4h-5z" fill="currentColor" />
      </svg>
      Gigawatt
    </a>
  );
}

/** The whole report of one run. A part that the run does not have is not there. */
export function Report({ run }: { run: Run }) {
  const { scenario, summary } = run;
  const sections = kSections.filter((section) => section.has(run));
  const colors = new Map(site_names(run).map((name, index) => [name, index]));
  const period = scenario.start && scenario.end ? `${date(scenario.start)} to ${date(scenario.end)}` : undefined;
  const how = [
    summary?.runs && summary.runs > 1 && `${summary.runs} simulated futures`,
    summary?.events && `${quantity(summary.events)} events`,
    summary?.wall_s && `simulated in ${quantity(summary.wall_s, "s")}`,
  ]
    .filter(Boolean)
    .join(", ");
  return (
    <>
      <a className="skip" href="#main">
        Skip to the report
      </a>
      <header className="bar">
        <div className="wrap bar-in">
          <Brand />
          <nav className="nav" aria-label="Sections">
            {sections.map(({ id, title }) => (
              <a key={id} href={`#${id}`}>
                {title}
              </a>
            ))}
          </nav>
          <ThemeToggle />
        </div>
      </header>
      <main id="main">
        <div className="head wrap" id="top">
          <div className="head-text">
            {period && <p className="period">{period}</p>}
            <h1>{scenario.title || scenario.name}</h1>
            {scenario.description && <p className="lead">{scenario.description}</p>}
            {how && <p className="small quiet">{how}</p>}
          </div>
          {!!summary?.headline?.length && (
            <dl className="headline">
              {summary.headline.map(({ id, label, value, unit, note }) => (
                <Stat key={id} label={label} figure={quantity(value, unit)} note={note && with_dates(note)} />
              ))}
            </dl>
          )}
          {!!run.warnings?.length && (
            <ul className="notices" aria-label="Warnings">
              {run.warnings.map((warning) => (
                <li key={warning} className="notice">
                  <strong>Note</strong>
                  <span>{warning}</span>
                </li>
              ))}
            </ul>
          )}
        </div>
        {sections.map(({ id, View }) => (
          <View key={id} run={run} colors={colors} />
        ))}
      </main>
      <footer className="foot">
        <div className="wrap">
          <span>{run.generated_by ?? "Gigawatt"}</span>
          <span>
            Scenario <code>{scenario.name}</code>
          </span>
          {scenario.seed !== undefined && (
            <span>
              Seed <code>{scenario.seed}</code>
            </span>
          )}
          {scenario.hash && (
            <span>
              Hash <code>{scenario.hash}</code>
            </span>
          )}
        </div>
      </footer>
    </>
  );
}
