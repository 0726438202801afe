import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDownload } from "@tabler/icons-react";
import { type ExportFormat, exportKept, exportWhole } from "~/api/queries";
import { problemOf } from "~/components/ProblemAlert";
import { counted } from "~/format";
import type { Run } from "./runs";

const FORMATS: { format: ExportFormat; label: string }[] = [
  { format: "csv", label: "CSV" },
  { format: "json", label: "JSON" },
  { format: "jsonl", label: "JSON lines" },
  { format: "parquet", label: "Parquet" },
  { format: "xlsx", label: "Excel (xlsx)" },
];

/** A file of the rows that are here or, where those are not all, of the whole result. */
export function ExportMenu({ run, name }: { run: Run; name: string }) {
  const file = name.replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 80) || "result";
  const { sql } = run.chosen;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button
          size="xs"
          variant="default"
          style={{ flexShrink: 0 }}
          leftSection={<IconDownload size={15} aria-hidden />}
        >
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {run.truncated ? `The ${counted(run.rowCount, "row")} that are here` : "All rows"}
        </Menu.Label>
        {FORMATS.map(({ format, label }) => (
          <Menu.Item key={format} onClick={() => void noticed(label, () => exportKept(run.queryId, format))}>
            {label}
          </Menu.Item>
        ))}
        {run.truncated && run.page?.statement === "select" && (
          <>
            <Menu.Divider />
            <Menu.Label>All rows: the query runs again</Menu.Label>
            {FORMATS.map(({ format, label }) => (
              <Menu.Item
                key={format}
                onClick={() =>
                  void noticed(label, () => exportWhole({ ...run.statement, sql }, format, file))
                }
              >
                {label}, everything
              </Menu.Item>
            ))}
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Tell that a file is being made, and how it ended. */
async function noticed(label: string, make: () => Promise<void>): Promise<void> {
  const id = notifications.show({
    message: `Exporting as ${label}…`,
    loading: true,
    autoClose: false,
    withCloseButton: false,
  });
  try {
    await make();
    notifications.update({
      id,
      message: `Exported as ${label}`,
      color: "teal",
      loading: false,
      autoClose: 4_000,
    });
  } catch (error) {
    const problem = problemOf(error);
    notifications.update({
      id,
      title: "Not exported",
      message: problem.hint ? `${problem.detail} ${problem.hint}` : problem.detail,
      color: "red",
      loading: false,
      autoClose: 10_000,
      withCloseButton: true,
    });
  }
}
