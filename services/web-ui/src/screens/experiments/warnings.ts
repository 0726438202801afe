/** Warnings of an experiment that were read and put away, in this browser. */

import { useLocalStorage } from "@mantine/hooks";
import { useCallback } from "react";

const KEY = "dw-simulator-dismissed-warnings";

function useStore() {
  return useLocalStorage<Record<string, string[]>>({
    key: KEY,
    defaultValue: {},
    getInitialValueInEffect: false,
  });
}

/** Those of the experiments that have a warning which nobody put away. */
export function useWarned<One extends { name: string; warnings: readonly string[] }>(
  all: readonly One[],
): One[] {
  const [dismissed] = useStore();
  return all.filter(({ name, warnings }) => warnings.some((text) => !dismissed[name]?.includes(text)));
}

/** The warnings that are still to be shown, and how one is put away; by experiment and text, so that a new text shows. */
export function useDismissed(experiment: string, warnings: readonly string[]) {
  const [dismissed, setDismissed] = useStore();
  const gone = dismissed[experiment] ?? [];
  const dismiss = useCallback(
    (texts: readonly string[]) =>
      setDismissed((all) => ({ ...all, [experiment]: [...new Set([...(all[experiment] ?? []), ...texts])] })),
    [experiment, setDismissed],
  );
  return { open: warnings.filter((text) => !gone.includes(text)), dismiss };
}
