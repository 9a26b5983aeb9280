import { OfRun, PageHead } from "../app/parts";
import { AssumedSection, SourcesSection } from "../report/assumed";

export default function InputsPage() {
  return (
    <OfRun>
      {({ run, colors }) => (
        <>
          <PageHead title="Inputs" lead="What this run was told, what had to be assumed, and where it is from." />
          <AssumedSection run={run} colors={colors} />
          {!!run.sources?.length && <SourcesSection run={run} colors={colors} />}
        </>
      )}
    </OfRun>
  );
}
