import { useParams } from "react-router";
import { PageHeader } from "~/components/PageHeader";
import { KeyGraph } from "./KeyGraph";

/** `/experiments/:name/graph`: the graph with all the room there is. */
export function GraphPage() {
  const { name = "" } = useParams();
  return (
    <>
      <PageHeader
        title="Key graph"
        above={[
          { label: "Experiments", to: "/experiments" },
          { label: name, to: `/experiments/${encodeURIComponent(name)}` },
        ]}
      />
      <KeyGraph name={name} height="max(420px, calc(100dvh - 310px))" />
    </>
  );
}
