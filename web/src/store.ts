// What the reader has set up, what it takes, and how the two are kept in the address bar. Every change goes
// through here; the elements only show it.

import type { Imported } from "tensorledger";
import type { Answer, Issue } from "./contract";
import type { Engine, SetUp } from "./engine";
import type { Found } from "./files";
import { chooseUnit, type Unit } from "./format";
import { hashOf, queryOf, setUpsOf, valuesOf } from "./link";
import { openingQuery } from "./opening";
import { remember, remembered } from "./remember";
import { applies, currentOf, type Field, fieldOfList, type Values } from "./schema";
import { t } from "./strings";

/// So many set-ups are kept at most; with the present one that makes four side by side.
export const mostKept = 3;

export interface Kept {
  setUp: SetUp;
  answer: Answer;
}

/// The set-up with some values changed, as it stands: nothing else is taken back.
export function changed(
  { values, config }: SetUp,
  change: Iterable<readonly [string, string]>,
): SetUp {
  return { values: new Map([...values, ...change]), config };
}

export class Store extends EventTarget {
  setUp: SetUp = { values: new Map() };
  /// What is wrong with the set-up; then `answer` is still of the set-up before.
  issues: Issue[] = [];
  answer: Answer | undefined;
  /// The set-up that `answer` is of.
  answered: SetUp = this.setUp;
  /// Set-ups and their answers that the reader keeps beside the present ones.
  kept: readonly Kept[] = [];

  /// What the files hold that the reader gave last.
  held: Found | undefined;

  /// What the set-up of another tool said that the reader gave last.
  said: Imported | undefined;

  /// The field whose step in the history is still open: typing "4096" is one step back, not four.
  private editing: string | undefined;

  constructor(readonly module: Engine) {
    super();
  }

  get schema() {
    return this.module.schema;
  }

  /// The name of the model that the answer is of.
  get model(): string {
    const field = fieldOfList(this.schema, "models");
    const id = field ? currentOf(field, this.answered.values) : "";
    if (this.answered.config !== undefined) return t.ownConfig.pasted;
    return this.module.lists.models.find((entry) => entry.id === id)?.name ?? id;
  }

  /// Reads the address bar, now and whenever the reader goes back or forth. The first answer is a quick one: the
  /// verdict without the ledger, which `complete` adds.
  async start(): Promise<void> {
    chooseUnit(remembered("unit") ?? "");
    window.addEventListener("popstate", () => void this.read());
    await this.read(this.module.first);
  }

  async complete(): Promise<void> {
    await this.module.complete();
    this.show(this.setUp);
  }

  private async read(first?: Engine["first"]): Promise<void> {
    const { search, hash } = window.location;
    this.editing = undefined;
    const { config, beside } = await setUpsOf(hash);
    const opening = search.length <= 1 && config === undefined;
    const setUp = { values: valuesOf(opening ? openingQuery : search), config };
    if (beside.length || !first) await this.module.complete();
    this.kept = beside.flatMap((each) => this.judge(each) ?? []);
    this.show(setUp, await first?.(setUp));
  }

  /// A new value of one field. While it is being typed, the history keeps one step for it.
  set(field: Field, value: string): void {
    const values = this.with([[field.key, value]]);
    const ofModel = field === fieldOfList(this.schema, "models");
    const config = ofModel ? undefined : this.setUp.config;
    this.go({ values, config }, this.editing === field.key);
    this.editing = field.key;
  }

  /// The field is left: its next change is a step of its own.
  settle(): void {
    this.editing = undefined;
  }

  /// Some keys at once, as a piece of advice names them.
  apply(change: string): void {
    this.go({ values: this.with(valuesOf(change)), config: this.setUp.config });
  }

  drop(key: string): void {
    this.go({ values: this.with([[key, ""]]), config: this.setUp.config });
  }

  reset(): void {
    this.go({ values: valuesOf(openingQuery) });
  }

  /// Keeps the present answer beside those to come.
  keep(): void {
    if (!this.answer || this.kept.length >= mostKept) return;
    this.kept = [...this.kept, { setUp: this.answered, answer: this.answer }];
    this.go(this.setUp);
  }

  /// Lets go of one that is kept; without its place, of all.
  letGo(place?: number): void {
    this.kept = place === undefined ? [] : this.kept.filter((_, index) => index !== place);
    this.go(this.setUp);
  }

  /// The present and a kept set-up change places.
  swap(place: number): void {
    const { kept, answer, answered } = this;
    const other = kept[place];
    if (!other || !answer) return;
    this.kept = kept.map((each, index) => (index === place ? { setUp: answered, answer } : each));
    this.go(other.setUp);
  }

  /// A whole set-up, as the list of recent ones or a file has it.
  open(query: string, config: string | undefined): void {
    this.go({ values: valuesOf(query), config });
  }

  /// Every figure of the page in this unit, from now on and on the next visit.
  measure(unit: Unit): void {
    chooseUnit(unit);
    remember("unit", unit === "GB" ? unit : undefined);
    const renewed = <Some extends Answer>(answer: Some): Some => ({ ...answer });
    this.kept = this.kept.map(({ setUp, answer }) => ({ setUp, answer: renewed(answer) }));
    if (this.answer) this.answer = renewed(this.answer);
    this.dispatchEvent(new Event("change"));
  }

  /// Files that were chosen or dropped: a config.json is the model; weights are read as far as their header, and a model
  /// that they describe is taken over.
  async take(files: readonly File[]): Promise<void> {
    const [file] = files;
    if (!file) return;
    const reader = await import("./files");
    const config = files.find(({ name }) => reader.isConfig(name));
    if (config) this.paste(await config.text());
    const others = files.filter((each) => each !== config);
    if (others.length === 0) return;
    const found = await reader.read(others, this.module.files);
    const { answer } = found;
    if (answer.ok && answer.config) {
      const values = new Map([...this.setUp.values, ...valuesOf(answer.query ?? "")]);
      const model = fieldOfList(this.schema, "models");
      if (model) values.delete(model.key);
      this.go({ values: this.meant(values), config: JSON.stringify(answer.config) });
    }
    this.hold(found);
  }

  /// A text that stands for a model or a whole set-up: a config.json, or what another tool is told.
  paste(text: string): void {
    const said = text.trim() === "" ? undefined : this.module.imported(text);
    this.said = undefined;
    if (!said?.ok) {
      this.useConfig(text.trim() === "" ? undefined : text);
      return;
    }
    const values = new Map(valuesOf(said.query));
    const model = fieldOfList(this.schema, "models");
    const named = model !== undefined && values.has(model.key);
    for (const field of [model, fieldOfList(this.schema, "accelerators")]) {
      const before = field && this.setUp.values.get(field.key);
      if (field && before !== undefined && !values.has(field.key)) values.set(field.key, before);
    }
    this.said = said;
    this.go({ values: this.meant(values), config: named ? undefined : this.setUp.config });
  }

  /// What another tool's set-up said is no longer shown.
  forget(): void {
    this.said = undefined;
  }

  /// Shows what files hold, or no longer.
  hold(found: Found | undefined): void {
    this.held = found;
    this.dispatchEvent(new Event("change"));
  }

  /// The values that have a meaning together.
  private meant(values: Values): Values {
    return new Map(
      [...values].filter(([key]) => {
        const field = this.schema.byKey.get(key);
        return field === undefined || applies(this.schema, field, values);
      }),
    );
  }

  useConfig(config: string | undefined): void {
    const model = fieldOfList(this.schema, "models");
    this.go({ values: model ? this.with([[model.key, ""]]) : this.setUp.values, config });
  }

  /// The address of the set-up with some keys changed.
  href(change: string): string {
    return `?${this.query(this.with(valuesOf(change)))}${window.location.hash}`;
  }

  /// Never empty, because an address without a query is the opening case: where every option has its
  /// default, the first is spelled out.
  query(values: Values): string {
    const first = this.schema.fields[0];
    return queryOf(this.schema, values) || (first ? `${first.key}=${first.initial}` : "");
  }

  /// The values with some changed. An empty one is taken back; so is what the change leaves without a
  /// meaning, and a choice that says what is so anyway.
  private with(change: Iterable<readonly [string, string]>): Values {
    const { schema } = this;
    const before = this.setUp.values;
    const values = new Map([...before, ...change]);
    for (const [key, value] of values) {
      const field = schema.byKey.get(key);
      const idle = field?.kind !== "number" && value === field?.initial;
      if (value === "" || idle) values.delete(key);
    }
    for (const key of [...values.keys()]) {
      const field = schema.byKey.get(key);
      if (field && applies(schema, field, before) && !applies(schema, field, values)) {
        values.delete(key);
      }
    }
    return values;
  }

  private go(setUp: SetUp, replace = false): void {
    if (!this.module.whole) {
      void this.module.complete().then(() => this.go(setUp, replace));
      return;
    }
    this.editing = undefined;
    this.show(setUp);
    void this.write(replace);
  }

  private async write(replace: boolean): Promise<void> {
    const { setUp, kept } = this;
    const hash = await hashOf(
      this.schema,
      setUp.config,
      kept.map((each) => each.setUp),
    );
    if (setUp !== this.setUp || kept !== this.kept) return;
    const address = `${window.location.pathname}?${this.query(setUp.values)}${hash}`;
    const { pathname, search, hash: present } = window.location;
    if (address === `${pathname}${search}${present}`) return;
    if (replace) window.history.replaceState(null, "", address);
    else window.history.pushState(null, "", address);
  }

  private judge(setUp: SetUp): Kept | undefined {
    const answer = this.module.estimate(setUp);
    return answer.ok ? { setUp, answer } : undefined;
  }

  private show(setUp: SetUp, answer = this.module.estimate(setUp)): void {
    this.setUp = setUp;
    this.issues = answer.ok ? [] : answer.issues;
    if (answer.ok) {
      this.answer = answer;
      this.answered = setUp;
    }
    this.dispatchEvent(new Event("change"));
  }
}
