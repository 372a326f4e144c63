// A text field that searches a list of the catalog: the ARIA combobox with a list box under it. Type some
// words, go with the arrows, take with Enter, leave with Escape.

import { html, nothing, type TemplateResult } from "lit";
import type { Entry } from "../engine";
import { t } from "../words";
import { Light } from "./light";

/// More than these would be no help to anybody; typing narrows them down.
const most = 80;

export class Combobox extends Light {
  static override properties = {
    name: {},
    label: {},
    value: {},
    shown: {},
    describedby: {},
    invalid: { type: Boolean },
    entries: { attribute: false },
    text: { state: true },
    active: { state: true },
    open: { state: true },
  };
  declare name: string;
  declare label: string;
  declare value: string;
  /// What to show instead of a name from the list, where the value comes from elsewhere.
  declare shown: string;
  declare describedby: string;
  declare invalid: boolean;
  declare entries: readonly Entry[];
  declare text: string | undefined;
  declare active: number;
  declare open: boolean;

  constructor() {
    super();
    this.active = -1;
    this.open = false;
  }

  private get found(): Entry[] {
    const words = (this.text ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const entries = this.entries.filter((entry) => {
      const text = `${entry.id} ${entry.name} ${entry.detail}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    return entries.slice(0, most);
  }

  protected override render(): TemplateResult {
    const { name, value, open } = this;
    const matches = open ? this.found : [];
    const current = this.shown || (this.entries.find(({ id }) => id === value)?.name ?? value);
    return html`
      <input
        id="field-${name}"
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck="false"
        aria-expanded=${open}
        aria-controls="list-${name}"
        aria-autocomplete="list"
        aria-activedescendant=${this.active >= 0 && open ? `list-${name}-${this.active}` : nothing}
        aria-describedby=${this.describedby || nothing}
        aria-invalid=${this.invalid ? "true" : nothing}
        .value=${this.text ?? current}
        @focus=${(event: FocusEvent) => (event.target as HTMLInputElement).select()}
        @click=${() => this.show()}
        @input=${this.typed}
        @keydown=${this.key}
        @blur=${this.close}
      />
      <ul
        id="list-${name}"
        role="listbox"
        aria-label=${this.label}
        ?hidden=${!open || matches.length === 0}
      >
        ${matches.map(
          (entry, index) => html`<li
            id="list-${name}-${index}"
            role="option"
            aria-selected=${entry.id === value}
            class=${index === this.active ? "active" : ""}
            @pointerdown=${(event: Event) => {
              event.preventDefault();
              this.take(entry);
            }}
          >
            <span>${entry.name}</span><small>${entry.detail}</small>
          </li>`,
        )}
      </ul>
      <p class="nothing" role="status" ?hidden=${!open || matches.length > 0}>
        ${open && matches.length === 0 ? t.combobox.none : nothing}
      </p>
    `;
  }

  protected override updated(): void {
    if (this.open) this.querySelector("li.active")?.scrollIntoView({ block: "nearest" });
  }

  private show(): void {
    if (this.open) return;
    this.open = true;
    this.active = this.found.findIndex(({ id }) => id === this.value);
  }

  private close(): void {
    this.open = false;
    this.text = undefined;
    this.active = -1;
    // What was typed and not taken is forgotten, in the field too.
    const input = this.querySelector("input");
    if (input) {
      input.value =
        this.shown || (this.entries.find(({ id }) => id === this.value)?.name ?? this.value);
    }
  }

  private take(entry: Entry): void {
    this.value = entry.id;
    this.close();
    this.dispatchEvent(new CustomEvent("pick", { detail: entry.id }));
  }

  private typed(event: Event): void {
    this.text = (event.target as HTMLInputElement).value;
    this.open = true;
    this.active = this.text.trim() ? 0 : -1;
    this.dispatchEvent(new CustomEvent("typed", { detail: this.text }));
  }

  private key(event: KeyboardEvent): void {
    const matches = this.found;
    const go = (to: number) => {
      event.preventDefault();
      this.show();
      this.active = Math.min(Math.max(to, 0), matches.length - 1);
    };
    if (event.key === "ArrowDown") go(this.open ? this.active + 1 : Math.max(this.active, 0));
    else if (event.key === "ArrowUp") go(this.active - 1);
    else if (event.key === "PageDown" && this.open) go(this.active + 8);
    else if (event.key === "PageUp" && this.open) go(this.active - 8);
    else if (event.key === "Enter" && this.open) {
      const entry = matches[this.active];
      if (entry) {
        event.preventDefault();
        this.take(entry);
      }
    } else if (event.key === "Escape" && this.open) {
      event.preventDefault();
      this.close();
    }
  }
}

customElements.define("tl-combobox", Combobox);
