/** Warnings of an experiment that were read and put away, in this browser. */

import { useLocalStorage } from "@mantine/hooks";
import { useCallback } from "react";

const KEY = "dw-simulator-dismissed-warnings";

/** The warnings that are still to be shown, and how one is put away; by experiment and text, so that a new text shows. */
export function useDismissed(experiment: string, warnings: readonly string[]) {
  const [dismissed, setDismissed] = useLocalStorage<Record<string, string[]>>({
    key: KEY,
    defaultValue: {},
    getInitialValueInEffect: false,
  });
  const gone = dismissed[experiment] ?? [];
  const dismiss = useCallback(
    (texts: readonly string[]) =>
      setDismissed((all) => ({ ...all, [experiment]: [...new Set([...(all[experiment] ?? []), ...texts])] })),
    [experiment, setDismissed],
  );
  const restore = useCallback(
    () =>
      setDismissed((all) => Object.fromEntries(Object.entries(all).filter(([name]) => name !== experiment))),
    [experiment, setDismissed],
  );
  return { open: warnings.filter((text) => !gone.includes(text)), dismiss, restore };
}
