import { notifications } from "@mantine/notifications";
import { problemOf } from "./ProblemAlert";

export function notifyDone(message: string): void {
  notifications.show({ message, color: "teal", autoClose: 4_000 });
}

export function notifyError(error: unknown, title?: string): void {
  const problem = problemOf(error);
  notifications.show({
    title: title ?? problem.title,
    message: problem.hint ? `${problem.detail} ${problem.hint}` : problem.detail,
    color: "red",
    autoClose: 10_000,
  });
}
