// What the reader has set up, what it takes, and how the two are kept in the address bar. Every change goes
// through here; the elements only show it.

import type { Answer, Issue } from "./contract";
import type { Engine, SetUp } from "./engine";
import { hashOf, queryOf, setUpsOf, valuesOf } from "./link";
import { openingQuery } from "./opening";
import { applies, currentOf, type Field, fieldOfList, type Values } from "./schema";
import { t } from "./strings";

export interface Kept {
  setUp: SetUp;
  answer: Answer;
}

export class Store extends EventTarget {
  setUp: SetUp = { values: new Map() };
  /// What is wrong with the set-up; then `answer` is still of the set-up before.
  issues: Issue[] = [];
  answer: Answer | undefined;
  /// The set-up that `answer` is of.
  answered: SetUp = this.setUp;
  /// A set-up and its answer that the reader keeps beside the present ones.
  kept: Kept | undefined;

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
    if (this.answered.config !== undefined) return t.config.pasted;
    return this.module.lists.models.find((entry) => entry.id === id)?.name ?? id;
  }

  /// Reads the address bar, now and whenever the reader goes back or forth. The first answer is a quick one: the
  /// verdict without the ledger, which `complete` adds.
  async start(): Promise<void> {
    window.addEventListener("popstate", () => void this.read(this.module.estimate));
    await this.read(this.module.totals);
  }

  complete(): void {
    this.show(this.setUp);
  }

  private async read(question: Engine["estimate"]): Promise<void> {
    const { search, hash } = window.location;
    this.editing = undefined;
    const { config, beside } = await setUpsOf(hash);
    const opening = search.length <= 1 && config === undefined;
    this.kept = beside && this.judge(beside);
    this.show({ values: valuesOf(opening ? openingQuery : search), config }, question);
  }

  /// A new value of one field. While it is being typed, the history keeps one step for it.
  set(field: Field, value: string): void {
    const values = this.with([[field.key, value]]);
    const config = field.list === "models" ? undefined : this.setUp.config;
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

  /// Keeps the present answer beside those to come; without an answer, or again: lets it go.
  keep(wanted: boolean): void {
    this.kept = wanted && this.answer ? { setUp: this.answered, answer: this.answer } : undefined;
    this.go(this.setUp);
  }

  /// The present and the kept set-up change places.
  swap(): void {
    const { kept, answer, answered } = this;
    if (!kept || !answer) return;
    this.kept = { setUp: answered, answer };
    this.go(kept.setUp);
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
  private query(values: Values): string {
    const first = this.schema.fields[0];
    return queryOf(this.schema, values) || (first ? `${first.key}=${first.initial}` : "");
  }

  /// What the set-up would take with some keys changed, without going there.
  totals(change: Iterable<readonly [string, string]>) {
    const { values, config } = this.answered;
    const found = this.module.totals({ values: new Map([...values, ...change]), config });
    return found.ok ? found : undefined;
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
    this.editing = undefined;
    this.show(setUp);
    void this.write(replace);
  }

  private async write(replace: boolean): Promise<void> {
    const { setUp, kept } = this;
    const hash = await hashOf(this.schema, setUp.config, kept?.setUp);
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

  private show(setUp: SetUp, question = this.module.estimate): void {
    const answer = question(setUp);
    this.setUp = setUp;
    this.issues = answer.ok ? [] : answer.issues;
    if (answer.ok) {
      this.answer = answer;
      this.answered = setUp;
    }
    this.dispatchEvent(new Event("change"));
  }
}
