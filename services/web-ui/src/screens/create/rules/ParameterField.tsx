import {
  Autocomplete,
  Fieldset,
  JsonInput,
  NumberInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  TextInput,
} from "@mantine/core";
import type { Field, Typed } from "./parameters";

/** What can be chosen for a parameter besides what its schema lists: names of columns, tables, rules of texts. */
export type Suggestions = (field: Field) => string[];

interface Props {
  field: Field;
  typed: Typed;
  problems: Record<string, string>;
  suggestions: Suggestions;
  onChange: (part: Typed) => void;
}

/** One parameter, with what it means below its name and what is wrong with it below its value. */
export function ParameterField({ field, typed, problems, suggestions, onChange }: Props) {
  const value = typed[field.path];
  const set = (next: string | boolean | string[]) => onChange({ [field.path]: next });
  const common = {
    label: field.label,
    description: field.help || undefined,
    error: problems[field.path],
    withAsterisk: field.required,
  };
  const text = typeof value === "string" ? value : "";
  switch (field.kind) {
    case "group":
      return (
        <Group
          field={field}
          typed={typed}
          problems={problems}
          suggestions={suggestions}
          onChange={onChange}
        />
      );
    case "flag":
      return (
        <Switch
          label={field.label}
          description={field.help || undefined}
          checked={value === true}
          onChange={(event) => set(event.currentTarget.checked)}
        />
      );
    case "choice":
      return (
        <Select
          {...common}
          data={field.choices}
          value={text || null}
          onChange={(next) => set(next ?? "")}
          clearable
        />
      );
    case "number":
    case "integer":
      return (
        <NumberInput
          {...common}
          value={text}
          onChange={(next) => set(String(next))}
          allowDecimal={field.kind === "number"}
          clampBehavior="none"
        />
      );
    case "list":
      return (
        <TagsInput
          {...common}
          data={suggestions(field)}
          value={Array.isArray(value) ? value : []}
          onChange={set}
          acceptValueOnBlur
          allowDuplicates
          splitChars={[","]}
          placeholder="Enter after each"
        />
      );
    case "json":
      return (
        <JsonInput {...common} value={text} onChange={set} autosize minRows={2} maxRows={12} formatOnBlur />
      );
    default: {
      const known = suggestions(field);
      return known.length > 0 ? (
        <Autocomplete {...common} data={known} value={text} onChange={set} limit={30} />
      ) : (
        <TextInput {...common} value={text} onChange={(event) => set(event.currentTarget.value)} />
      );
    }
  }
}

function Group({ field, typed, problems, suggestions, onChange }: Props) {
  const on = field.required || typed[field.path] === true;
  const inner = (
    <Stack gap="sm">
      {field.fields.map((each) => (
        <ParameterField
          key={each.path}
          field={each}
          typed={typed}
          problems={problems}
          suggestions={suggestions}
          onChange={onChange}
        />
      ))}
    </Stack>
  );
  if (field.required) return <Fieldset legend={field.label}>{inner}</Fieldset>;
  return (
    <Stack gap="xs">
      <Switch
        label={field.label}
        description={field.help || undefined}
        checked={on}
        error={problems[field.path]}
        onChange={(event) => onChange({ [field.path]: event.currentTarget.checked })}
      />
      {on && <Fieldset legend={field.label}>{inner}</Fieldset>}
    </Stack>
  );
}
