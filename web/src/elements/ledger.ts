// Every tensor that is live at the peak, grouped by component or by place in the model, with a subtotal each. A row opens to its
// formula, with the reader's numbers in it, and to where the formula comes from.

import { html, nothing, type TemplateResult } from "lit";
import { type Answer, components, type Row } from "../contract";
import { gibColumn, whole } from "../format";
import type { Store } from "../store";
import { t } from "../words";
import { Light } from "./light";
import { swatch } from "./patterns";

type Works = ReturnType<Store["module"]["works"]>;

const columns = 5;

/// The cells between name and figure, which a narrow screen has no room for.
const filler = Array.from({ length: columns - 2 }, () => html`<td class="wide"></td>`);

export class Ledger extends Light {
  static override properties = {
    store: { attribute: false },
    answer: { attribute: false },
    open: { state: true },
    byModule: { state: true },
  };
  declare store: Store;
  declare answer: Answer;
  declare open: ReadonlySet<string>;
  /// Are rows grouped by their place in the model, and not by component?
  declare byModule: boolean;

  constructor() {
    super();
    this.open = new Set();
    this.byModule = false;
  }

  protected override render(): TemplateResult {
    const { rows } = this.answer;
    const keys = rows.map(keyOf);
    const all = keys.every((key) => this.open.has(key));
    return html`
      <div class="heading">
        <h2 id="ledger-heading">${t.ledger.heading}</h2>
        <button
          type="button"
          class="quiet"
          @click=${() => {
            this.open = new Set(all ? [] : keys);
          }}
        >
          ${all ? t.ledger.closeAll : t.ledger.openAll}
        </button>
      </div>
      <p class="intro">${t.ledger.intro}</p>
      <p class="radios" role="radiogroup" aria-label=${t.ledger.by}>
        ${[false, true].map(
          (byModule) => html`<label
            ><input
              type="radio"
              name="ledger-by"
              .checked=${this.byModule === byModule}
              @change=${() => {
                this.byModule = byModule;
              }}
            /><span>${byModule ? t.ledger.byModule : t.ledger.byComponent}</span></label
          >`,
        )}
      </p>
      <table class="ledger" aria-labelledby="ledger-heading">
        <thead>
          <tr>
            <th scope="col">${t.ledger.name}</th>
            <th scope="col" class="wide">${t.ledger.shape}</th>
            <th scope="col" class="wide">${t.ledger.dtype}</th>
            <th scope="col" class="wide">${t.ledger.alive}</th>
            <th scope="col" class="number">${t.ledger.gib}</th>
          </tr>
        </thead>
        ${
          this.byModule
            ? places(rows).map(([place, at]) => this.section(html`${place}`, at))
            : components.map((component) =>
                this.section(
                  html`${swatch(component)}${t.component[component]}`,
                  rows.filter(({ group }) => group === component),
                ),
              )
        }
        <tbody class="total">
          ${this.total(t.ledger.total, sum(rows))}
        </tbody>
        ${this.beside("reserved", t.ledger.reserved, this.answer.totals.reserved)}
        ${this.beside("device", t.ledger.device, this.answer.totals.device)}
      </table>
    `;
  }

  private total(name: string, bytes: number): TemplateResult {
    return html`<tr>
      <th scope="row">${name}</th>
      ${filler}
      <td class="number">${gibColumn(bytes)}</td>
    </tr>`;
  }

  /// What stands between the tensors and a larger total, and that total.
  private beside(
    within: "reserved" | "device",
    name: string,
    bytes: number,
  ): TemplateResult | typeof nothing {
    const rows = (this.answer.beside ?? [])
      .filter((row) => row.within === within)
      .map(
        (row): Row => ({
          ...row,
          group: "buffers",
          count: 1,
          shape: "—",
          dtype: "—",
          alive: t.ledger.always,
          formula: `${whole(row.bytes)} ${t.ledger.bytes}`,
        }),
      );
    if (rows.length === 0) return nothing;
    return html`<tbody class="beside">
        ${rows.map((row) => this.row(row))}
      </tbody>
      <tbody class="total">
        ${this.total(name, bytes)}
      </tbody>`;
  }

  private section(name: TemplateResult, rows: Row[]): TemplateResult | typeof nothing {
    if (rows.length === 0) return nothing;
    return html`<tbody>
      <tr class="component">
        <th scope="rowgroup">${name}</th>
        ${filler}
        <td class="number">${gibColumn(sum(rows))}</td>
      </tr>
      ${rows.map((row) => this.row(row))}
    </tbody>`;
  }

  private row(row: Row): TemplateResult {
    const key = keyOf(row);
    const open = this.open.has(key);
    const toggle = () => {
      const next = new Set(this.open);
      if (!next.delete(key)) next.add(key);
      this.open = next;
    };
    const id = `row-${key.replace(/[^\p{L}\p{N}]+/gu, "-")}`;
    return html`
      <tr class=${row.bytes === 0 ? "row zero" : "row"} @click=${toggle}>
        <th scope="row">
          <button
            type="button"
            aria-expanded=${open}
            aria-controls=${id}
            @click=${(event: Event) => {
              event.stopPropagation();
              toggle();
            }}
          >
            ${this.byModule && row.shape !== "—" ? swatch(row.group) : nothing}${row.name}
          </button>
        </th>
        <td class="wide">${row.shape}</td>
        <td class="wide">${row.dtype}</td>
        <td class="wide">${row.alive}</td>
        <td class="number">${gibColumn(row.bytes)}</td>
      </tr>
      <tr class="more" id=${id} ?hidden=${!open}>
        <td colspan=${columns}>${open ? details(row, this.works()) : nothing}</td>
      </tr>
    `;
  }

  private works(): Works {
    return this.store.module.works(() => this.requestUpdate());
  }
}

/// Rows by the module that they belong to, the largest first: "layers.self_attn", "lm_head". What
/// stands in front of a name ("grad of layers.…") belongs to the same module.
function places(rows: Row[]): [string, Row[]][] {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const path = (row.name.split(" of ").at(-1) ?? row.name).split(".");
    const place = path.length > 2 ? path.slice(0, 2).join(".") : (path[0] ?? "");
    const known = found.get(place);
    if (known) known.push(row);
    else found.set(place, [row]);
  }
  return [...found].sort(([, left], [, right]) => sum(right) - sum(left));
}

function sum(rows: Row[]): number {
  return rows.reduce((bytes, row) => bytes + row.bytes, 0);
}

function keyOf(row: Row): string {
  return `${row.group} ${row.name} ${row.dtype} ${row.shape}`;
}

/// "key:place; key" as links to the works that the bibliography has.
function citations(source: string, works: Works): TemplateResult[] {
  return source.split("; ").map((citation, index) => {
    const [key = "", ...rest] = citation.split(":");
    const work = works.get(key);
    const place = rest.join(":");
    const comma = index > 0 ? "; " : "";
    if (!work) return html`${comma}${citation}`;
    return html`${comma}<a href=${work.url} rel="noreferrer">${work.title}</a>${
      place ? html`, <span class="place">${place}</span>` : nothing
    }`;
  });
}

function details(row: Row, works: Works): TemplateResult {
  const each = row.count > 1 ? t.ledger.each(whole(row.count), whole(row.bytes / row.count)) : "";
  return html`
    ${row.note ? html`<p>${row.note}</p>` : nothing}
    <dl>
      <div>
        <dt>${t.ledger.formula}</dt>
        <dd class="formula ${row.group}">${row.formula}</dd>
      </div>
      <div>
        <dt>${t.ledger.exact}</dt>
        <dd>
          <span class="exact">${whole(row.bytes)} ${t.ledger.bytes}</span>
          ${each ? html`<small>${each}</small>` : nothing}
        </dd>
      </div>
      <div class="narrow">
        <dt>${t.ledger.shape}</dt>
        <dd>${row.shape} · ${row.dtype} · ${row.alive}</dd>
      </div>
      ${
        row.source
          ? html`<div>
              <dt>${t.ledger.source}</dt>
              <dd>${citations(row.source, works)}</dd>
            </div>`
          : nothing
      }
    </dl>
  `;
}

customElements.define("tl-ledger", Ledger);
