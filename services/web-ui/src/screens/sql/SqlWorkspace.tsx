import { Box, Button, Drawer, Skeleton } from "@mantine/core";
import { useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { IconBookmark, IconHistory, IconLayoutSidebar } from "@tabler/icons-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { saveBlob } from "~/api/download";
import { useSaveQuery, useWarehouseStates, useWholeCatalog, useWords, type Warehouse } from "~/api/queries";
import type { CodeEditorHandle, EditorDiagnostic } from "~/components/CodeEditor";
import { confirmDestruction } from "~/components/confirm";
import { notifyDone, notifyError } from "~/components/notify";
import { PageHeader } from "~/components/PageHeader";
import { ProblemAlert } from "~/components/ProblemAlert";
import { CatalogPanel } from "./CatalogPanel";
import { HistoryDrawer, SavedDrawer } from "./Library";
import { ResultPane } from "./ResultPane";
import { type Run, useRun, useRunner } from "./runs";
import { SaveDialog, type Saving } from "./SaveDialog";
import { Splitter } from "./Splitter";
import classes from "./Sql.module.css";
import { chosenSql, placeInText } from "./statements";
import { TabBar } from "./TabBar";
import { Toolbar } from "./Toolbar";
import { type Tab, useTabs } from "./tabs";

const SqlEditor = lazy(async () => ({ default: (await import("./SqlEditor")).SqlEditor }));
const CompareDialog = lazy(async () => ({ default: (await import("./CompareDialog")).CompareDialog }));
const NONE: readonly EditorDiagnostic[] = [];

export function SqlWorkspace() {
  const { tabs, active, open, change, close, show } = useTabs();
  const warehouses = useWarehouseStates();
  const runner = useRunner();
  const run = useRun(active.id);
  const editor = useRef<CodeEditorHandle>(null);
  const [views, setViews] = useState<Record<string, "rows" | "chart">>({});
  const [shown, setShown] = useState<"history" | "saved" | "catalog" | null>(null);
  const [saving, setSaving] = useState<Saving | null>(null);
  const [comparing, setComparing] = useState<string | null>(null);
  const [panel, setPanel] = useLocalStorage({ key: "dw-simulator-sql-panel", defaultValue: true });
  const [height, setHeight] = useLocalStorage({ key: "dw-simulator-sql-editor", defaultValue: 200 });
  const wide = useMediaQuery("(min-width: 62em)", true, { getInitialValueInEffect: false });
  const save = useSaveQuery();
  useLinkedTab(open);

  const states = warehouses.data ?? [];
  const warehouse = active.warehouse ?? usualWarehouse(states);
  const { experiment } = active;
  const catalog = useWholeCatalog(warehouse);
  const words = useWords(warehouse);
  const place = useMemo(() => errorPlace(run), [run]);
  const running = run?.state === "running" || run?.state === "cancelling";

  const start = (everything: boolean, allowRemote = false) => {
    if (warehouse === null || running) return;
    const current = editor.current?.current() ?? { text: active.sql, cursor: active.sql.length };
    const chosen =
      allowRemote && run ? run.chosen : chosenSql(current, editor.current?.selection() ?? "", everything);
    if (chosen === null) {
      notifyError(new Error("There is no statement to run."), "Nothing to run");
      return;
    }
    const statement = { warehouse, sql: chosen.sql, experiment };
    void runner.start(active.id, statement, chosen, current.text, allowRemote);
  };
  const draft = () => ({ name: active.name, sql: active.sql, warehouse, experiment });
  const keep = (asNew: boolean) => {
    if (active.saved === null || asNew) {
      setSaving({ id: null, draft: draft(), title: "Save the query" });
      return;
    }
    save.mutate(
      { id: active.saved, draft: draft() },
      {
        onSuccess: (query) => notifyDone(`Saved ${query.name}`),
        // It may have been deleted since.
        onError: () => setSaving({ id: null, draft: draft(), title: "Save the query" }),
      },
    );
  };
  // The keys are bound once; what they do is of the newest render.
  const actions = useRef({ start, keep });
  actions.current = { start, keep };
  const keymap = useMemo(
    () => [
      { key: "Mod-Enter", run: () => done(() => actions.current.start(false)), preventDefault: true },
      { key: "Shift-Mod-Enter", run: () => done(() => actions.current.start(true)), preventDefault: true },
      { key: "Mod-s", run: () => done(() => actions.current.keep(false)), preventDefault: true },
    ],
    [],
  );
  const insert = useCallback((text: string) => {
    editor.current?.insert(text);
    setShown((now) => (now === "catalog" ? null : now));
  }, []);
  const closeTab = (tab: Tab) => {
    const gone = () => {
      runner.cancel(tab.id);
      runner.forget(tab.id);
      close(tab.id);
    };
    if (tab.sql.trim() === "" || tab.saved !== null) gone();
    else
      confirmDestruction({
        title: `Close ${tab.name}?`,
        children: "Its text is not saved. What was run stays in the history.",
        verb: "Close",
        onConfirm: gone,
      });
  };
  const diagnostics = useMemo(
    () =>
      place && run?.problem && run.text === active.sql
        ? [
            {
              message: run.problem.detail,
              line: place.line,
              column: place.column,
              hint: run.problem.hint ?? null,
            },
          ]
        : NONE,
    [place, run, active.sql],
  );
  const tree = <CatalogPanel warehouse={warehouse} experiment={experiment} onInsert={insert} />;

  return (
    <Box className={classes.screen}>
      <PageHeader
        title="SQL"
        actions={
          <>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconLayoutSidebar size={15} aria-hidden />}
              aria-pressed={wide ? panel : undefined}
              onClick={() => (wide ? setPanel(!panel) : setShown("catalog"))}
            >
              Tables
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconHistory size={15} aria-hidden />}
              onClick={() => setShown("history")}
            >
              History
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconBookmark size={15} aria-hidden />}
              onClick={() => setShown("saved")}
            >
              Saved
            </Button>
          </>
        }
      />
      {warehouses.isError && (
        <ProblemAlert error={warehouses.error} onRetry={() => void warehouses.refetch()} />
      )}
      <div className={classes.work}>
        {wide && panel && (
          <aside className={classes.panel} aria-label="Tables">
            {tree}
          </aside>
        )}
        <div className={classes.main}>
          <TabBar
            tabs={tabs}
            active={active.id}
            onShow={show}
            onClose={closeTab}
            onRename={(id, name) => change(id, { name })}
            onNew={() => open({ warehouse, experiment })}
          />
          <Toolbar
            warehouses={states}
            warehouse={warehouse}
            experiment={experiment}
            running={running}
            cancelling={run?.state === "cancelling"}
            onWarehouse={(chosen) => change(active.id, { warehouse: chosen })}
            onExperiment={(chosen) => change(active.id, { experiment: chosen })}
            onRun={start}
            onCancel={() => runner.cancel(active.id)}
            onSave={keep}
            onDownload={() =>
              saveBlob(new Blob([active.sql], { type: "application/sql" }), `${active.name}.sql`)
            }
            onCompare={() =>
              setComparing(
                chosenSql(
                  editor.current?.current() ?? { text: active.sql, cursor: 0 },
                  editor.current?.selection() ?? "",
                  false,
                )?.sql ?? "",
              )
            }
          />
          <div className={classes.editor} style={{ height }}>
            <Suspense fallback={<Skeleton h={height} radius={0} />}>
              <SqlEditor
                key={active.id}
                ref={editor}
                value={active.sql}
                onChange={(sql) => change(active.id, { sql })}
                warehouse={warehouse}
                experiment={experiment}
                databases={catalog.data}
                words={words.data}
                diagnostics={diagnostics}
                keymap={keymap}
                height="100%"
              />
            </Suspense>
          </div>
          <Splitter height={height} onChange={setHeight} />
          <section className={classes.result} aria-label="Result">
            <ResultPane
              run={run}
              name={active.name}
              view={views[active.id] ?? "rows"}
              onView={(view) => setViews((old) => ({ ...old, [active.id]: view }))}
              place={place}
              onGo={() => place && editor.current?.goTo(place.line, place.column)}
              onConfirm={() => start(false, true)}
            />
          </section>
        </div>
      </div>
      <Drawer opened={shown === "catalog"} onClose={() => setShown(null)} title="Tables">
        {tree}
      </Drawer>
      <HistoryDrawer
        opened={shown === "history"}
        onClose={() => setShown(null)}
        onOpen={({ sql, warehouse: where, experiment: of }) => {
          open({ sql, warehouse: where, experiment: of });
          setShown(null);
        }}
      />
      <SavedDrawer
        opened={shown === "saved"}
        onClose={() => setShown(null)}
        onOpen={(query) => {
          open({
            name: query.name,
            sql: query.sql,
            warehouse: query.warehouse ?? warehouse,
            experiment: query.experiment,
            saved: query.id,
          });
          setShown(null);
        }}
        onRename={(query) => setSaving({ id: query.id, draft: query, title: `Rename ${query.name}` })}
      />
      <SaveDialog
        saving={saving}
        onClose={() => setSaving(null)}
        onSaved={(query) => {
          if (saving?.id === null) change(active.id, { name: query.name, saved: query.id });
          else for (const tab of tabs) if (tab.saved === query.id) change(tab.id, { name: query.name });
        }}
      />
      {comparing !== null && (
        <Suspense>
          <CompareDialog
            sql={comparing}
            experiment={experiment}
            warehouses={states}
            onClose={() => setComparing(null)}
          />
        </Suspense>
      )}
    </Box>
  );
}

function done(action: () => void): true {
  action();
  return true;
}

function usualWarehouse(states: readonly { warehouse: Warehouse; available: boolean }[]): Warehouse | null {
  const order: Warehouse[] = ["redshift", "snowflake", "sqlite"];
  return order.find((name) => states.some((each) => each.warehouse === name && each.available)) ?? null;
}

/** Where in the editor's text the warehouse found the error. */
function errorPlace(run: Run | null): { line: number; column: number | null } | null {
  const found = run?.problem?.problems?.find((each) => each.line != null);
  if (!run || found?.line == null) return null;
  return placeInText(run.text, run.chosen.from, found.line, found.column ?? null);
}

/** `/sql?warehouse=…&experiment=…&sql=…` opens a tab, once. */
function useLinkedTab(open: ReturnType<typeof useTabs>["open"]) {
  const [search, setSearch] = useSearchParams();
  useEffect(() => {
    const sql = search.get("sql");
    const warehouse = search.get("warehouse") as Warehouse | null;
    const experiment = search.get("experiment");
    if (sql === null && warehouse === null && experiment === null) return;
    open({ sql: sql ?? "", warehouse, experiment });
    setSearch({}, { replace: true });
  }, [search, setSearch, open]);
}
