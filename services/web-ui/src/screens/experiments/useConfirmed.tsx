import { useCallback } from "react";
import { ApiError } from "~/api/client";
import { confirmDestruction } from "~/components/confirm";
import { notifyError } from "~/components/notify";

/** Do something, and once more with the user's consent if the server says that it would change what is not on this machine. */
export function useConfirmed() {
  return useCallback(
    async <Result,>(
      act: (allowRemote: boolean) => Promise<Result>,
      onDone: (result: Result) => void,
      failed: string,
    ): Promise<void> => {
      try {
        onDone(await act(false));
      } catch (error) {
        if (!(error instanceof ApiError) || error.problem.code !== "confirmation")
          return notifyError(error, failed);
        confirmDestruction({
          title: "This is not on this machine",
          children: <>{sentence(error.problem.detail)} Go on?</>,
          verb: "Yes, do it there",
          onConfirm: () => {
            act(true).then(onDone, (second: unknown) => notifyError(second, failed));
          },
        });
      }
    },
    [],
  );
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}${/[.!?]$/.test(trimmed) ? "" : "."}`;
}
