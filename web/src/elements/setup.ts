// The form. Every field of it comes from describe(): label, hint, error, in that order, tied to the control
// by aria-describedby. A field shows only where its option has a meaning.

import { html, nothing, type TemplateResult } from "lit";
import type { Issue } from "../contract";
import { isAboutConfig, type SetUp } from "../engine";
import { applies, currentOf, type Field, fieldOfList, type Group, holds } from "../schema";
import type { Store } from "../store";
import { t } from "../words";
import "./combobox";
import "./config";
import { Light } from "./light";

/// Up to so many choices stand side by side; more are a list to pick from.
const sideBySide = 2;

export class SetUpForm extends Light {
  static override properties = {
    store: { attribute: false },
    setUp: { attribute: false },
    unfolded: { state: true },
    copied: { state: true },
    cleared: { state: true },
  };
  declare store: Store;
  declare setUp: SetUp;
  declare unfolded: ReadonlySet<string>;
  declare copied: boolean;
  /// The field that the reader has emptied and not left: its default is not put back under the cursor.
  declare cleared: string;

  constructor() {
    super();
    this.unfolded = new Set();
    this.copied = false;
    this.cleared = "";
  }

  protected override render(): TemplateResult {
    const { schema, issues } = this.store;
    const shown = new Set(this.shown().map(({ key }) => key));
    const general = issues.filter((issue) => !shown.has(issue.field) && !isAboutConfig(issue));
    return html`
      <form @submit=${(event: Event) => event.preventDefault()} autocomplete="off">
        <div class="heading">
          <h2 id="setup-heading">${t.setup.heading}</h2>
          <button type="button" class="quiet" @click=${this.copy}>
            ${this.copied ? t.setup.copied : t.setup.copy}
          </button>
        </div>
        ${general.length ? this.general(general) : nothing}
        ${schema.groups.map((group) => this.group(group))}
        <p class="reset">
          <button type="button" class="quiet" @click=${() => this.store.reset()}>
            ${t.setup.reset}
          </button>
        </p>
      </form>
      ${
        this.store.answer
          ? html`<tl-recent .store=${this.store} .answer=${this.store.answer}></tl-recent>`
          : nothing
      }
    `;
  }

  private shown(): Field[] {
    const { setUp } = this;
    const { schema } = this.store;
    return schema.groups
      .flatMap(({ fields }) => fields)
      .filter((field) => applies(schema, field, setUp.values));
  }

  private issueOf(field: Field): Issue | undefined {
    return this.store.issues.find((issue) => issue.field === field.key);
  }

  /// Issues that no visible field stands for: an unknown key of a link, an option without a meaning here.
  private general(issues: Issue[]): TemplateResult {
    return html`<ul class="general" aria-label=${t.setup.general}>
      ${issues.map(
        ({ field, message }) => html`<li class="error">
          ${message}
          ${
            this.setUp.values.has(field)
              ? html`<button type="button" class="quiet" @click=${() => this.store.drop(field)}>
                  ${t.setup.drop(field)}
                </button>`
              : nothing
          }
        </li>`,
      )}
    </ul>`;
  }

  private group(group: Group): TemplateResult | typeof nothing {
    const { setUp } = this;
    const { schema } = this.store;
    const fields = group.fields.filter((field) => applies(schema, field, setUp.values));
    const hasModel = group.fields.some((field) => field === fieldOfList(schema, "models"));
    if (fields.length === 0) return nothing;
    const basic = fields.filter(({ advanced }) => !advanced);
    const rare = fields.filter(({ advanced }) => advanced);
    const needed = rare.some((field) => setUp.values.has(field.key) || this.issueOf(field));
    return html`<fieldset>
      <legend class=${fields[0]?.label === group.label ? "unseen" : ""}>${group.label}</legend>
      ${basic.map((field) => this.field(field))}
      ${hasModel ? html`<tl-config .store=${this.store} .setUp=${this.setUp}></tl-config>` : nothing}
      ${
        rare.length
          ? html`<details
              ?open=${needed || this.unfolded.has(group.id)}
              @toggle=${(event: Event) => this.fold(group, (event.target as HTMLDetailsElement).open)}
            >
              <summary>${t.setup.rare(rare.length)}</summary>
              ${rare.map((field) => this.field(field))}
            </details>`
          : nothing
      }
    </fieldset>`;
  }

  private fold(group: Group, open: boolean): void {
    const next = new Set(this.unfolded);
    if (open) next.add(group.id);
    else next.delete(group.id);
    this.unfolded = next;
  }

  private field(field: Field): TemplateResult {
    const { setUp } = this;
    const { schema } = this.store;
    const issue = this.issueOf(field);
    const id = `field-${field.key}`;
    const value = currentOf(field, setUp.values);
    const choices = field.choices.filter(
      (choice) => choice.value === value || holds(schema, choice.applies, setUp.values),
    );
    const radios = field.kind === "choice" && choices.length <= sideBySide;
    const chosen = choices.find((choice) => choice.value === value);
    const hint = chosen?.help || field.hint;
    const about = [hint ? `${id}-hint` : "", issue ? `${id}-error` : ""].filter(Boolean).join(" ");
    const label =
      radios || field.kind === "flag"
        ? html`<span class="label" id="${id}-label">${field.label}</span>`
        : html`<label class="label" for=${id}>${field.label}</label>`;
    return html`<div class="field is-${field.kind}${issue ? " wrong" : ""}">
      ${label}
      <div class="control">${this.control(field, value, about, issue !== undefined)}</div>
      ${hint ? html`<p class="hint" id="${id}-hint">${hint}</p>` : nothing}
      ${issue ? html`<p class="error" id="${id}-error">${issue.message}</p>` : nothing}
    </div>`;
  }

  private control(field: Field, value: string, about: string, wrong: boolean): TemplateResult {
    const { store } = this;
    const id = `field-${field.key}`;
    const described = about || nothing;
    const invalid = wrong ? "true" : nothing;
    const set = (event: Event) => store.set(field, (event.target as HTMLInputElement).value);
    if (field.kind === "search" && field.list) {
      const byConfig =
        field === fieldOfList(store.schema, "models") && this.setUp.config !== undefined;
      return html`<tl-combobox
        .name=${field.key}
        .label=${field.label}
        .value=${value}
        .shown=${byConfig ? t.ownConfig.pasted : ""}
        .describedby=${about}
        .invalid=${wrong}
        .entries=${store.module.lists[field.list]}
        @pick=${(event: CustomEvent<string>) => {
          store.set(field, event.detail);
          store.settle();
        }}
      ></tl-combobox>`;
    }
    if (field.kind === "choice") {
      const choices = field.choices.filter(
        (choice) =>
          choice.value === value || holds(store.schema, choice.applies, this.setUp.values),
      );
      const known = choices.some((choice) => choice.value === value);
      if (choices.length === 1 && known)
        return html`<span class="only">${choices[0]?.label}</span>`;
      if (choices.length <= sideBySide && known) {
        return html`<span
          class="radios"
          role="radiogroup"
          aria-labelledby="${id}-label"
          aria-describedby=${described}
        >
          ${choices.map(
            (choice) => html`<label
              ><input
                type="radio"
                name=${field.key}
                value=${choice.value}
                .checked=${choice.value === value}
                @change=${set}
              /><span>${choice.label}</span></label
            >`,
          )}
        </span>`;
      }
      return html`<select
        id=${id}
        aria-describedby=${described}
        aria-invalid=${invalid}
        @change=${set}
        @blur=${() => store.settle()}
      >
        ${known ? nothing : html`<option value=${value} selected>${value}</option>`}
        ${choices.map(
          (choice) => html`<option value=${choice.value} .selected=${choice.value === value}>
            ${choice.label}
          </option>`,
        )}
      </select>`;
    }
    if (field.kind === "flag") {
      return html`<input
        id=${id}
        type="checkbox"
        aria-labelledby="${id}-label"
        aria-describedby=${described}
        aria-invalid=${invalid}
        .checked=${value === "true"}
        @change=${(event: Event) =>
          store.set(field, String((event.target as HTMLInputElement).checked))}
        @blur=${() => store.settle()}
      />`;
    }
    return html`<input
        id=${id}
        type="text"
        inputmode=${field.kind === "number" ? "decimal" : "text"}
        spellcheck="false"
        placeholder=${field.automatic}
        aria-describedby=${described}
        aria-invalid=${invalid}
        .value=${this.setUp.values.get(field.key) ?? (this.cleared === field.key ? "" : field.initial)}
        @input=${(event: Event) => {
          this.cleared = (event.target as HTMLInputElement).value === "" ? field.key : "";
          set(event);
        }}
        @blur=${() => {
          this.cleared = "";
          store.settle();
        }}
      />${field.unit ? html`<span class="unit" aria-hidden="true">${field.unit}</span>` : nothing}`;
  }

  private copy(): void {
    void navigator.clipboard?.writeText(window.location.href).then(() => {
      this.copied = true;
      setTimeout(() => {
        this.copied = false;
      }, 2000);
    });
  }
}

customElements.define("tl-setup", SetUpForm);
