// Up to four set-ups side by side: what differs between them, a bar for each on one scale, and what makes one of them
// larger than another, component by component and row by row.

import { html, nothing, svg, type TemplateResult } from "lit";
import { type Answer, components, type Row } from "../contract";
import type { SetUp } from "../engine";
import { gib, gibColumn, memory, signed } from "../format";
import { applies, currentOf, type Field, labelOf } from "../schema";
import type { Kept, Store } from "../store";
import { demand, overhead } from "../verdict";
import { t } from "../words";
import { Figure } from "./light";
import { fillOf, swatch } from "./patterns";

/// So many rows of the ledger are named; the rest are together in one.
const mostRows = 12;

interface Column {
  name: string;
  setUp: SetUp;
  answer: Answer;
}

interface Change {
  name: string;
  group: Row["group"];
  bytes: number;
}

export class Beside extends Figure {
  static override properties = {
    ...Figure.properties,
    store: { attribute: false },
    answer: { attribute: false },
    kept: { attribute: false },
    chosen: { state: true },
  };
  declare store: Store;
  declare answer: Answer;
  declare kept: readonly Kept[];
  /// The one that the present set-up is compared with, row by row.
  declare chosen: number;

  constructor() {
    super();
    this.chosen = 0;
  }

  protected override render(): TemplateResult {
    const { answer, kept } = this;
    const columns: Column[] = [
      ...kept.map((each, index) => ({ ...each, name: t.beside.letter(index) })),
      { name: t.beside.now, setUp: this.store.answered, answer },
    ];
    const place = Math.min(this.chosen, kept.length - 1);
    const other = columns[place];
    return html`
      <div class="heading">
        <h2 id="beside-heading">${t.beside.heading}</h2>
        <button type="button" class="quiet" @click=${() => this.store.letGo()}>
          ${kept.length > 1 ? t.beside.endAll : t.beside.end}
        </button>
      </div>
      ${this.bars(columns)} ${this.differences(columns)} ${this.table(columns)}
      ${other ? this.why(other, place, columns) : nothing}
    `;
  }

  /// A bar each, on one scale, with the line of the card that each is judged by.
  private bars(columns: Column[]): TemplateResult {
    const { width } = this;
    const high = 26;
    const step = 44;
    const label = 44;
    const room = width - label - 76;
    const most = Math.max(
      ...columns.map(({ answer }) => Math.max(demand(answer), answer.fit.available)),
    );
    const x = (bytes: number) => label + (bytes / most) * room;
    const height = columns.length * step;
    return html`<svg
      class="bars"
      width=${width}
      height=${height}
      viewBox="0 0 ${width} ${height}"
      role="img"
      aria-label=${columns
        .map(({ name, answer }) => `${name}: ${memory(demand(answer))}`)
        .join(", ")}
    >
      ${columns.map(({ name, answer }, index) => {
        const y = index * step + 8;
        let at = 0;
        const total = demand(answer);
        const card = x(answer.fit.available);
        return svg`
          <text class="label" x="0" y=${y + high / 2 + 5}>${name}</text>
          <rect class="room" x=${label} y=${y} width=${card - label} height=${high} />
          ${components
            .filter((component) => answer.bytes[component] > 0)
            .map((component) => {
              const from = at;
              at += answer.bytes[component];
              return svg`<rect class="segment" x=${x(from)} y=${y} height=${high}
                width=${x(at) - x(from)} fill=${fillOf(component)} />`;
            })}
          <rect class="overhead" x=${x(at)} y=${y + 0.5} height=${high - 1}
            width=${Math.max(0, x(total) - x(at))} />
          <path class="capacity" d="M${card} ${y - 5}V${y + high + 5}" />
          <text class=${answer.fit.fits ? "label" : "label over"} y=${y + high / 2 + 5}
            x=${width} text-anchor="end">${memory(total)}</text>`;
      })}
    </svg>`;
  }

  /// The options that are not the same in all of them.
  private differences(columns: Column[]): TemplateResult {
    const { schema } = this.store;
    const show = (field: Field, { setUp }: Column) => {
      if (!applies(schema, field, setUp.values)) return "–";
      const value = currentOf(field, setUp.values);
      return value === "" ? field.automatic : labelOf(field, value);
    };
    const rows = schema.fields
      .filter((field) => columns.some(({ setUp }) => applies(schema, field, setUp.values)))
      .map((field) => ({ field, values: columns.map((column) => show(field, column)) }))
      .filter(({ values }) => new Set(values).size > 1);
    const files = new Set(columns.map(({ setUp }) => setUp.config)).size > 1;
    if (rows.length === 0 && !files) return html`<p class="intro">${t.beside.same}</p>`;
    return this.scrolling(
      t.beside.differences,
      html`<table class="differences">
        ${this.head(t.beside.option, columns)}
        <tbody>
          ${rows.map(
            ({ field, values }) => html`<tr>
              <th scope="row">${field.label}</th>
              ${values.map((value) => html`<td class="number">${value}</td>`)}
            </tr>`,
          )}
          ${
            files
              ? html`<tr>
                  <th scope="row">${t.beside.config}</th>
                  ${columns.map(
                    ({ setUp }) =>
                      html`<td class="number">${setUp.config === undefined ? "–" : t.on}</td>`,
                  )}
                </tr>`
              : nothing
          }
        </tbody>
      </table>`,
    );
  }

  private head(first: string, columns: Column[]): TemplateResult {
    return html`<thead>
      <tr>
        <th scope="col">${first}</th>
        ${columns.map(({ name }) => html`<th scope="col" class="number">${name}</th>`)}
      </tr>
    </thead>`;
  }

  /// A table that is wider than a phone scrolls by itself, with the keyboard too.
  private scrolling(name: string, table: TemplateResult): TemplateResult {
    return html`<div class="scrolling" role="region" tabindex="0" aria-label=${name}>${table}</div>`;
  }

  private table(columns: Column[]): TemplateResult {
    const line = (name: unknown, of: (answer: Answer) => number) => html`<tr>
      <th scope="row">${name}</th>
      ${columns.map(({ answer }) => html`<td class="number">${gibColumn(of(answer))}</td>`)}
    </tr>`;
    return this.scrolling(
      t.beside.heading,
      html`<table class="beside">
        ${this.head(t.beside.component, columns)}
        <tbody>
          ${components
            .filter((name) => columns.some(({ answer }) => answer.bytes[name] > 0))
            .map((name) =>
              line(html`${swatch(name)}${t.component[name]}`, ({ bytes }) => bytes[name]),
            )}
          ${
            columns.some(({ answer }) => overhead(answer) > 0)
              ? line(html`<span class="swatch overhead"></span>${t.overhead}`, overhead)
              : nothing
          }
        </tbody>
        <tfoot>
          ${line(t.beside.total, demand)}
        </tfoot>
      </table>`,
    );
  }

  /// The present set-up against one that is kept: a sentence, and the rows that differ, the largest first.
  private why(other: Column, place: number, columns: Column[]): TemplateResult {
    const { answer } = this;
    const rows = changesOf(other.answer.rows, answer.rows);
    const shown = rows.slice(0, mostRows);
    const rest = rows.slice(mostRows);
    return html`
      <div class="heading why">
        <h3 id="why-heading">${t.beside.why(t.beside.now, other.name)}</h3>
        <span class="buttons">
          ${
            columns.length > 2
              ? html`<label class="pick"
                  >${t.beside.against}
                  <select
                    @change=${(event: Event) => {
                      this.chosen = Number((event.target as HTMLSelectElement).value);
                    }}
                  >
                    ${columns
                      .slice(0, -1)
                      .map(
                        ({ name }, index) =>
                          html`<option value=${index} .selected=${index === place}>${name}</option>`,
                      )}
                  </select></label
                >`
              : nothing
          }
          <button type="button" class="quiet" @click=${() => this.store.swap(place)}>
            ${t.beside.swap}
          </button>
          ${
            columns.length > 2
              ? html`<button type="button" class="quiet" @click=${() => this.store.letGo(place)}>
                  ${t.beside.endOne(other.name)}
                </button>`
              : nothing
          }
        </span>
      </div>
      <p class="because">${because(other, answer)}</p>
      ${
        shown.length
          ? html`<table class="changes" aria-labelledby="why-heading">
              <thead>
                <tr>
                  <th scope="col">${t.ledger.name}</th>
                  <th scope="col" class="number">${t.beside.difference}</th>
                </tr>
              </thead>
              <tbody>
                ${shown.map(
                  ({ name, group, bytes }) => html`<tr>
                    <th scope="row">${swatch(group)}${name}</th>
                    <td class="number">${signed(bytes)}</td>
                  </tr>`,
                )}
                ${
                  rest.length
                    ? html`<tr>
                        <th scope="row">${t.beside.rest(rest.length)}</th>
                        <td class="number">
                          ${signed(rest.reduce((sum, { bytes }) => sum + bytes, 0))}
                        </td>
                      </tr>`
                    : nothing
                }
              </tbody>
            </table>`
          : nothing
      }
    `;
  }
}

/// Rows of one name, in each ledger together: what they are more or less in the second, the largest change first.
function changesOf(before: Row[], now: Row[]): Change[] {
  const found = new Map<string, Change>();
  const add = ({ name, group, bytes }: Row, sign: number) => {
    const key = `${group} ${name}`;
    const known = found.get(key);
    if (known) known.bytes += sign * bytes;
    else found.set(key, { name, group, bytes: sign * bytes });
  };
  for (const row of before) add(row, -1);
  for (const row of now) add(row, 1);
  return [...found.values()]
    .filter(({ bytes }) => bytes !== 0)
    .sort((left, right) => Math.abs(right.bytes) - Math.abs(left.bytes));
}

/// "Now is 12 GiB larger than A, mostly because of activations (+10 GiB); gradients take 1 GiB less."
function because(other: Column, answer: Answer): string {
  const total = demand(answer) - demand(other.answer);
  const parts = [
    ...components.map((name) => ({
      name: t.component[name],
      bytes: answer.bytes[name] - other.answer.bytes[name],
    })),
    { name: t.overhead, bytes: overhead(answer) - overhead(other.answer) },
  ];
  const same = (bytes: number) => Math.sign(bytes) === Math.sign(total);
  const largest = (list: typeof parts) =>
    list.reduce<(typeof parts)[number] | undefined>(
      (best, part) => (Math.abs(part.bytes) > Math.abs(best?.bytes ?? 0) ? part : best),
      undefined,
    );
  const cause = largest(parts.filter(({ bytes }) => same(bytes)));
  const against = largest(parts.filter(({ bytes }) => !same(bytes)));
  if (total === 0 || !cause) return t.beside.equal(other.name);
  const counts = against && Math.abs(against.bytes) * 5 > Math.abs(cause.bytes);
  return t.beside.because(
    other.name,
    gib(Math.abs(total)),
    total > 0,
    `${cause.name} (${cause.bytes > 0 ? "+" : ""}${memory(cause.bytes)})`,
    counts ? `${against.name} (${against.bytes > 0 ? "+" : ""}${memory(against.bytes)})` : "",
  );
}

customElements.define("tl-beside", Beside);
