// The set-ups that the reader has looked at lately. They stay in this browser, and go when the reader says so.

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Answer } from "../contract";
import { memory } from "../format";
import { queryOf } from "../link";
import { openingQuery } from "../opening";
import { remember, remembered } from "../remember";
import type { Store } from "../store";
import { demand } from "../verdict";
import { t } from "../words";
import { Light } from "./light";

const storageKey = "recent";
const most = 10;
/// A config.json that is larger is not kept.
const longest = 100_000;
/// A set-up counts once the reader has stayed with it so long, in ms.
const stay = 1500;

interface Recent {
  query: string;
  config?: string;
  name: string;
  bytes: number;
}

export class RecentSetUps extends Light {
  static override properties = {
    store: { attribute: false },
    answer: { attribute: false },
    list: { state: true },
  };
  declare store: Store;
  declare answer: Answer;
  declare list: readonly Recent[];
  private timer = 0;

  constructor() {
    super();
    this.list = read();
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has("answer")) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.add(), stay);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  private add(): void {
    const { store, answer } = this;
    const { values, config } = store.answered;
    const query = queryOf(store.schema, values);
    if (store.issues.length || (query === openingQuery && config === undefined)) return;
    if (config !== undefined && config.length > longest) return;
    const entry: Recent = { query, name: store.model, bytes: demand(answer) };
    if (config !== undefined) entry.config = config;
    const others = this.list.filter((each) => each.query !== query || each.config !== config);
    this.list = [entry, ...others].slice(0, most);
    remember(storageKey, JSON.stringify(this.list));
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.list.length === 0) return nothing;
    return html`<details class="recent">
      <summary>${t.recent.heading(this.list.length)}</summary>
      <ul>
        ${this.list.map(
          ({ query, config, name, bytes }) => html`<li>
            <a
              href="?${query}"
              @click=${(event: MouseEvent) => {
                if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                event.preventDefault();
                this.store.open(query, config);
              }}
              >${name}</a
            >
            <span class="number">${memory(bytes)}</span>
            <small>${query.replaceAll("&", " ")}</small>
          </li>`,
        )}
      </ul>
      <button
        type="button"
        class="quiet"
        @click=${() => {
          this.list = [];
          remember(storageKey, undefined);
        }}
      >
        ${t.recent.clear}
      </button>
    </details>`;
  }
}

/// What an older version of the page, or another hand, has left there in another shape does not count.
function read(): Recent[] {
  try {
    const list: unknown = JSON.parse(remembered(storageKey) ?? "[]");
    if (!Array.isArray(list)) return [];
    return list.filter(
      (each): each is Recent =>
        typeof each?.query === "string" &&
        typeof each.name === "string" &&
        Number.isFinite(each.bytes) &&
        (each.config === undefined || typeof each.config === "string"),
    );
  } catch {
    return [];
  }
}

customElements.define("tl-recent", RecentSetUps);
