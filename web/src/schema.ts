// The form, the link and the request, all read off describe(): this file knows what an option *is*, and
// names none.

import type { Condition, DescribedOption, Description } from "tensorledger";
import { t } from "./strings";

/// A list of the catalog that an option's values come from.
export type List = NonNullable<DescribedOption["list"]>;

export interface Choice {
  value: string;
  label: string;
  help: string;
  applies: Condition;
}

export type FieldKind = "choice" | "number" | "flag" | "text" | "search";

export interface Field {
  key: string;
  kind: FieldKind;
  label: string;
  hint: string;
  unit: string;
  choices: Choice[];
  list: List | undefined;
  /// The default as a query string spells it; empty where the tool finds a value by itself.
  initial: string;
  /// What an empty field stands for, in words.
  automatic: string;
  advanced: boolean;
  applies: Condition;
  /// The ends of a number's range.
  least: number | undefined;
  most: number | undefined;
}

/// A part of the form: the fields that can be answered today.
export interface Group {
  id: string;
  label: string;
  fields: Field[];
}

export interface Schema {
  groups: Group[];
  /// All of them, in the order of a query.
  fields: Field[];
  byKey: ReadonlyMap<string, Field>;
}

/// The values that a set-up gives, by key, as a query string spells them.
export type Values = ReadonlyMap<string, string>;

/// What the option is in this set-up: the value given, or its default.
export function currentOf(field: Field, values: Values): string {
  return values.get(field.key) ?? field.initial;
}

export function holds(schema: Schema, condition: Condition, values: Values): boolean {
  return condition
    .split("&")
    .filter((part) => part !== "")
    .every((part) => {
      const [key = "", wanted = ""] = part.split("=");
      const field = schema.byKey.get(key);
      return field !== undefined && wanted.split(",").includes(currentOf(field, values));
    });
}

/// Does the option have a meaning in this set-up?
export function applies(schema: Schema, field: Field, values: Values): boolean {
  return holds(schema, field.applies, values);
}

/// The option whose values come from a list of the catalog.
export function fieldOfList(schema: Schema, list: List): Field | undefined {
  return schema.fields.find((field) => field.list === list);
}

/// The label of a value, as the form shows it.
export function labelOf(field: Field, value: string): string {
  if (field.kind === "flag") return value === "true" ? t.on : t.off;
  return field.choices.find((choice) => choice.value === value)?.label ?? value;
}

function kindOf(option: DescribedOption): FieldKind {
  if (option.list) return "search";
  if (option.type === "choice" || option.type === "flag") return option.type;
  return option.type === "text" || option.type === "list" ? "text" : "number";
}

export function readSchema(described: Description): Schema {
  const fields = described.options.map(
    (option): Field => ({
      key: option.key,
      kind: kindOf(option),
      label: option.label,
      hint: option.hint,
      unit: option.unit ?? "",
      choices: (option.choices ?? []).filter(({ status }) => status === "ready"),
      list: option.list,
      initial: String(option.default ?? ""),
      automatic: option.auto ?? "",
      advanced: option.level === "advanced",
      applies: option.applies,
      least: option.min,
      most: option.max,
    }),
  );
  const ready = described.options.map(({ status }) => status === "ready");
  return {
    fields,
    byKey: new Map(fields.map((field) => [field.key, field])),
    groups: described.groups.map(({ id, label }) => ({
      id,
      label,
      fields: fields.filter((_, i) => ready[i] && described.options[i]?.group === id),
    })),
  };
}
