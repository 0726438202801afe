import { Alert, Button, Group, Kbd, Skeleton, Stack, Tabs, Text, Title } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { type Experiment, screenOf } from "~/api/experiments";
import { keys } from "~/api/keys";
import { schemaText } from "~/api/rules";
import { CodeEditor, type CodeEditorHandle, type KeyBinding } from "~/components/CodeEditor";
import { notifyDone, notifyError } from "~/components/notify";
import { PageHeader } from "~/components/PageHeader";
import { ProblemAlert } from "~/components/ProblemAlert";
import { counted } from "~/format";
import { SchemaTables } from "../experiment/SchemaTables";
import { WarningBanners } from "../experiments/WarningBanners";
import { findingsOf, type Interpretation, submit, withoutPlace } from "./check";
import { DropZone } from "./DropZone";
import { type Draft, FORMS, type Form, formOf, missing, nameOf, useDraft } from "./draft";
import { Findings } from "./Findings";
import { RulesPanel } from "./rules/RulesPanel";
import { SqlOptions } from "./SqlOptions";
import { SAMPLES } from "./samples";

const TITLES: Record<Form, string> = { sql: "SQL import", json: "JSON", yaml: "YAML" };

/** A new experiment: written or opened, checked, confirmed, stored. */
export function Create() {
  const [search, setSearch] = useSearchParams();
  const form = FORMS.find((each) => each === search.get("form")) ?? "sql";
  const { draft, change, kept, forget } = useDraft();
  const [asked, setAsked] = useState<{ draft: Draft; form: Form } | null>(null);
  const [touched, setTouched] = useState(false);
  const editor = useRef<CodeEditorHandle>(null);
  const client = useQueryClient();
  const navigate = useNavigate();

  const check = useMutation({ mutationFn: (now: Draft) => submit(now, form, true) });
  const create = useMutation({
    mutationFn: (now: Draft) => submit(now, form, false),
    onSuccess: async ({ experiment }) => {
      forget();
      await client.invalidateQueries({ queryKey: keys.experiments });
      notifyDone(`Created ${experiment.name}.`);
      await navigate(screenOf(experiment.name));
    },
  });

  // SQL has no words for rules: they are written as YAML.
  const write = useMutation({
    mutationFn: async (experiment: Experiment) => {
      const language = form === "json" ? "json" : "yaml";
      return { language, text: await schemaText(experiment, language) } as const;
    },
    onSuccess: ({ language, text }) => {
      change({ [language]: text });
      show(language);
      notifyDone(`The rules are in the ${TITLES[language]} now. Check it once more.`);
    },
    onError: (failure) => notifyError(failure, "The rules were not written"),
  });

  // What was answered is of the text as it was: it goes as soon as anything changes.
  const current = asked !== null && asked.form === form && asked.draft === draft;
  const error = current ? (create.error ?? check.error) : null;
  const interpretation = current && error === null ? check.data : undefined;
  const findings = useMemo(() => findingsOf(error, interpretation), [error, interpretation]);
  const problems = missing(draft, form);
  const blocked = Object.values(problems)[0];

  const ask = () => {
    setTouched(true);
    if (blocked !== undefined) return;
    create.reset();
    setAsked({ draft, form });
    check.mutate(draft);
  };
  const newestAsk = useRef(ask);
  newestAsk.current = ask;
  const keymap = useMemo<KeyBinding[]>(
    () => [
      {
        key: "Mod-Enter",
        run: () => {
          newestAsk.current();
          return true;
        },
      },
    ],
    [],
  );

  const show = (next: Form) => {
    setTouched(false);
    setSearch({ form: next }, { replace: true });
  };
  const open = async (file: File) => {
    try {
      const text = await file.text();
      const found = formOf(file.name, text);
      change({
        [found]: text,
        ...(found === "sql" && draft.name.trim() === "" ? { name: nameOf(file.name) } : {}),
      });
      show(found);
    } catch (failure) {
      notifyError(failure, `${file.name} cannot be read`);
    }
  };

  return (
    <>
      <PageHeader title="New experiment" above={[{ label: "Experiments", to: "/experiments" }]} />
      <Tabs value={form} onChange={(value) => show(FORMS.find((each) => each === value) ?? "sql")} mb="md">
        <Tabs.List>
          {FORMS.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {TITLES[each]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {FORMS.map((each) => (
          <Tabs.Panel key={each} value={each} pt="md">
            {each === form && (
              <>
                {form === "sql" && (
                  <SqlOptions draft={draft} problems={touched ? problems : {}} onChange={change} />
                )}
                <DropZone onFile={(file) => void open(file)}>
                  <CodeEditor
                    ref={editor}
                    label={`${TITLES[form]} of the experiment`}
                    language={form}
                    dialect={draft.dialect}
                    value={draft[form]}
                    onChange={(text) => change({ [form]: text })}
                    diagnostics={findings}
                    keymap={keymap}
                    height="clamp(260px, 42vh, 560px)"
                    placeholder={form === "sql" ? "CREATE TABLE …" : ""}
                  />
                </DropZone>
              </>
            )}
          </Tabs.Panel>
        ))}
      </Tabs>
      <Stack gap="md">
        <Group gap="sm">
          <Button onClick={ask} loading={check.isPending} variant={interpretation ? "default" : "filled"}>
            Check
          </Button>
          <Button
            onClick={() => create.mutate(draft)}
            loading={create.isPending}
            disabled={interpretation === undefined}
            variant={interpretation ? "filled" : "default"}
          >
            Create
          </Button>
          {draft[form] === "" && (
            <Button
              variant="subtle"
              onClick={() =>
                change({
                  [form]: SAMPLES[form],
                  ...(form === "sql" && draft.name === "" ? { name: "sales" } : {}),
                })
              }
            >
              Begin with an example
            </Button>
          )}
          <Text size="sm" c="dimmed" visibleFrom="sm">
            <Kbd>Ctrl</Kbd> + <Kbd>Enter</Kbd> checks. Nothing is stored before you create it.
          </Text>
        </Group>
        {touched && blocked !== undefined && (
          <Text size="sm" c="red" role="alert">
            {blocked}
          </Text>
        )}
        {!kept && (
          <Text size="sm" c="dimmed">
            This text is too large for the browser to keep: it would be lost when the page is loaded anew.
          </Text>
        )}
        {error !== null && findings.length === 0 && <ProblemAlert error={error} />}
        <Findings findings={findings} onGo={(line, column) => editor.current?.goTo(line, column)} />
        {check.isPending && <Skeleton h={220} />}
        {interpretation && <Confirmation interpretation={interpretation} />}
        {interpretation && (
          <RulesPanel
            key={check.submittedAt}
            experiment={interpretation.experiment}
            onWrite={write.mutate}
            writing={write.isPending}
          />
        )}
      </Stack>
    </>
  );
}

function Confirmation({ interpretation }: { interpretation: Interpretation }) {
  const { experiment } = interpretation;
  return (
    <section aria-labelledby="interpreted">
      <Title order={2} size="h3" id="interpreted" mb="xs">
        What would be created
      </Title>
      <Alert
        color="teal"
        variant="light"
        icon={<IconCircleCheck aria-hidden />}
        py="xs"
        mb="sm"
        role="status"
      >
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {experiment.name}: {counted(experiment.tables.length, "table")} for{" "}
          {experiment.target_warehouse.join(" and ")}.
        </Text>
      </Alert>
      <WarningBanners experiment={experiment.name} warnings={withoutPlace(interpretation)} />
      <SchemaTables
        order={3}
        experiment={experiment}
        key={experiment.tables.map((table) => table.name).join()}
      />
    </section>
  );
}
