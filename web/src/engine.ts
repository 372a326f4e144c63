// The module as the page uses it: the schema of the form, the lists of the catalog, and one function from
// a set-up to its answer.

import {
  type Answer,
  begin,
  type Imported,
  type Limits,
  type SetUp as Options,
  type Reference,
  type Refused,
  type Tensorledger,
} from "tensorledger";
import type { Issue } from "./contract";
import { queryOf } from "./link";
import { type List, readSchema, type Schema, type Values } from "./schema";
import { parts } from "./single";
import { t } from "./strings";

/// A row of a list of the catalog, as a search shows it.
export interface Entry {
  id: string;
  name: string;
  /// What distinguishes it: a family and year, a size.
  detail: string;
}

export interface SetUp {
  values: Values;
  /// The text of a config.json that stands for the model.
  config?: string | undefined;
}

/// A set-up as the module takes it.
export type Request = string | Options;

export interface Engine {
  /// Without labels and hints until all of the module is there.
  readonly schema: Schema;
  lists: Record<List, Entry[]>;
  /// The works that sources cite; read on the first call, `loaded` says when they are there.
  works(loaded: () => void): ReadonlyMap<string, Reference>;
  /// The first answer, without rows, timeline and advice: as soon as there is enough of the module for it.
  first(setUp: SetUp): Promise<Answer>;
  /// Loads all of the module, which what follows needs.
  complete(): Promise<void>;
  /// Is it there?
  readonly whole: boolean;
  estimate(setUp: SetUp): Answer;
  /// The same sooner, without rows, timeline and advice.
  totals(setUp: SetUp): Answer;
  /// How far it can grow, and on what it would fit.
  limits(setUp: SetUp): Limits | Refused;
  /// The set-up as the module takes it; nothing where its config.json is no JSON.
  request(setUp: SetUp): Request | undefined;
  /// What files hold.
  readonly files: Pick<Tensorledger, "weights" | "shards">;
  /// What a text that was written for another tool says.
  imported(text: string): Imported | Refused;
}

/// The keys of the module's object that are not options: what a file is handed over as.
const configKey = "config";

export async function start(): Promise<Engine> {
  const module = await begin(await parts());
  let whole: Tensorledger | undefined;
  let schema = readSchema(module.describe());
  let works: Map<string, Reference> | undefined;

  function request({ values, config }: SetUp): Request | undefined {
    if (config === undefined) return queryOf(schema, values);
    try {
      return { ...requestOf(schema, values), [configKey]: JSON.parse(config) };
    } catch {
      return undefined;
    }
  }

  function all(): Tensorledger {
    if (!whole) throw new Error("the module is not there as a whole yet");
    return whole;
  }

  function ask<Given>(question: (request: Request) => Given, setUp: SetUp): Given | Refused {
    const asked = request(setUp);
    if (asked !== undefined) return question(asked);
    const issues = [{ field: configKey, code: "syntax", message: t.ownConfig.notJson }];
    return { ok: false, version: module.version, issues, notes: [] };
  }

  return {
    get schema() {
      return schema;
    },
    lists: {
      models: module.models().map(({ id, name, family, year }) => ({
        id,
        name,
        detail: `${family} · ${year}`,
      })),
      accelerators: module.accelerators().map(({ id, name, vendor, marketed_gb }) => ({
        id,
        name: name.startsWith(vendor) ? name : `${vendor} ${name}`,
        detail: `${marketed_gb} GB`,
      })),
    },
    works(loaded) {
      if (works) return works;
      const read = new Map<string, Reference>();
      works = read;
      module.bibliography().then((list) => {
        for (const work of list) read.set(work.key, work);
        loaded();
      }, leftAsTheyAre);
      return read;
    },
    first: async (setUp) => ask(module.totals, setUp),
    async complete() {
      whole ??= await module.complete();
      schema = readSchema(whole.describe());
    },
    get whole() {
      return whole !== undefined;
    },
    estimate: (setUp) => ask(all().estimate, setUp),
    totals: (setUp) => ask(all().totals, setUp),
    limits: (setUp) => ask(all().limits, setUp),
    imported: (text) => all().imported(text),
    request,
    get files() {
      return all();
    },
  };
}

/// Without the bibliography, citations stay the plain text that they are.
function leftAsTheyAre() {}

export function isAboutConfig(issue: Issue): boolean {
  return issue.field === configKey || issue.field.startsWith(`${configKey}.`);
}

/// The values as the module's object wants them: numbers as numbers, flags as flags. What does not read as
/// one stays text, and the module says what is wrong with it.
function requestOf(schema: Schema, values: Values): Record<string, unknown> {
  const request: Record<string, unknown> = {};
  for (const [key, value] of values) {
    const kind = schema.byKey.get(key)?.kind;
    if (kind === "number" && /^-?\d+(\.\d+)?$/.test(value)) request[key] = Number(value);
    else if (kind === "flag" && /^(true|false)$/.test(value)) request[key] = value === "true";
    else request[key] = value;
  }
  return request;
}
