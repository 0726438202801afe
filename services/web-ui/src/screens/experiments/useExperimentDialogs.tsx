import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { type ExperimentSummary, useReset, useVerify } from "~/api/experiments";
import { confirmDestruction } from "~/components/confirm";
import { notifyDone } from "~/components/notify";
import { counted } from "~/format";
import { AppendDialog } from "./AppendDialog";
import { DeleteDialog } from "./DeleteDialog";
import { GenerateDialog } from "./GenerateDialog";
import { LoadDialog } from "./LoadDialog";
import { useConfirmed } from "./useConfirmed";

type Dialog = "generate" | "append" | "load" | "delete";

export interface ExperimentDialogs {
  open: (dialog: Dialog, summary: ExperimentSummary) => void;
  verify: (summary: ExperimentSummary) => void;
  reset: (summary: ExperimentSummary) => void;
  /** The dialog that is open, to be put into the page. */
  element: ReactNode;
}

/** All that can be done with an experiment, each asking for what it needs. */
export function useExperimentDialogs(onDeleted?: () => void): ExperimentDialogs {
  const [shown, setShown] = useState<{ dialog: Dialog; summary: ExperimentSummary } | null>(null);
  const navigate = useNavigate();
  const verify = useVerify();
  const reset = useReset();
  const confirmed = useConfirmed();
  const close = () => setShown(null);

  return {
    open: (dialog, summary) => setShown({ dialog, summary }),
    verify: (summary) =>
      void confirmed(
        () => verify.mutateAsync({ name: summary.name, warehouses: null }),
        (job) => void navigate(`/jobs/${job.id}`),
        "The verification did not start",
      ),
    reset: (summary) =>
      confirmDestruction({
        title: `Reset ${summary.name}?`,
        children: `Its tables in the warehouses are emptied, its staged files deleted and its runs forgotten. The schema stays.`,
        verb: "Reset",
        onConfirm: () =>
          void confirmed(
            (allowRemote) => reset.mutateAsync({ name: summary.name, allowRemote }),
            ({ emptied }) => {
              const tables = Object.values(emptied).reduce((sum, count) => sum + count, 0);
              notifyDone(`Reset ${summary.name}: emptied ${counted(tables, "table")}.`);
            },
            `${summary.name} was not reset`,
          ),
      }),
    element: shown && (
      <>
        {shown.dialog === "generate" && <GenerateDialog summary={shown.summary} onClose={close} />}
        {shown.dialog === "append" && <AppendDialog summary={shown.summary} onClose={close} />}
        {shown.dialog === "load" && <LoadDialog summary={shown.summary} onClose={close} />}
        {shown.dialog === "delete" && (
          <DeleteDialog summary={shown.summary} onClose={close} {...(onDeleted ? { onDeleted } : {})} />
        )}
      </>
    ),
  };
}
