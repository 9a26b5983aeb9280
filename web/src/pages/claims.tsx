import { useMemo } from "react";
import { Block, OfRun, PageHead, type RunView } from "../app/parts";
import { Choice } from "../components/small";
import { DataTable } from "../components/table";
import { useView } from "../components/view_state";
import { plural } from "../format";
import type { Verdict } from "../run";
import { ClaimRow, kClaimColumns } from "../report/claims";

export default function ClaimsPage() {
  return <OfRun>{(view) => <Claims {...view} />}</OfRun>;
}

const kVerdicts: readonly Verdict[] = ["consistent", "inconsistent", "undecidable"];
const kWords: Record<Verdict, string> = {
  consistent: "Consistent",
  inconsistent: "Inconsistent",
  undecidable: "Not decidable",
};

function Claims({ run }: RunView) {
  const claims = run.claims ?? [];
  const [verdict, set_verdict] = useView<Verdict | "all">("verdict", "all");
  const [form, set_form] = useView<"list" | "table">("form", "list");
  const verdict_of = (claim: (typeof claims)[number]): Verdict => claim.verdict ?? "undecidable";
  const shown = useMemo(
    () => claims.filter((claim) => verdict === "all" || verdict_of(claim) === verdict),
    [claims, verdict],
  );
  const count = (one: Verdict) => claims.filter((claim) => verdict_of(claim) === one).length;
  const options = [
    ["all", `All ${claims.length}`] as const,
    ...kVerdicts.filter(count).map((one) => [one, `${kWords[one]} ${count(one)}`] as const),
  ];
  return (
    <>
      <PageHead
        title="Claims"
        lead={`${plural(claims.length, "published statement")} held against the run. The upright line is the claim with its tolerance, the dot what the run gives, the bar its range.`}
      >
        {claims.length > 0 && (
          <Choice
            label="Form"
            value={form}
            options={[
              ["list", "List"],
              ["table", "Table"],
            ]}
            choose={set_form}
          />
        )}
      </PageHead>
      <div className="wrap">
        {claims.length === 0 ? (
          <p>This scenario makes no claims.</p>
        ) : (
          <Block>
            <div className="claim-filter">
              <Choice label="Verdict" value={verdict} options={options} choose={set_verdict} />
            </div>
            <h2 className="hidden-text">Statements</h2>
            {form === "list" ? (
              <ul className="claims">
                {shown.map((claim) => (
                  <ClaimRow key={claim.id} claim={claim} sources={run.sources ?? []} />
                ))}
              </ul>
            ) : (
              <DataTable
                label="Claims"
                name="claims"
                columns={kClaimColumns}
                rows={shown}
                row_key={(claim) => claim.id}
              />
            )}
          </Block>
        )}
      </div>
    </>
  );
}
