// What else would fit: the demand of this set-up over a grid of its two natural sizes, how many sequences and how
// long. The card's capacity is the stair between what fits and what does not; every cell leads to its set-up.

import { html, nothing, type TemplateResult } from "lit";
import type { Answer } from "../contract";
import { gib, unit, whole } from "../format";
import { questionsTo } from "../questions";
import { applies, currentOf, type Field } from "../schema";
import { changed, type Store } from "../store";
import { demand } from "../verdict";
import { t } from "../words";
import { Later } from "./later";

interface Axis {
  field: Field;
  present: number;
  values: number[];
}

interface Cell {
  change: string;
  total: number | undefined;
  fits: boolean;
}

interface Grid {
  rows: Axis;
  columns: Axis;
  cells: Cell[][];
}

export class MapOfFits extends Later {
  declare store: Store;
  declare answer: Answer;
  private grid: Grid | undefined;

  protected override async prepare(wanted: () => boolean): Promise<void> {
    const rows = this.axis("sequences", 6, 1);
    const columns = this.axis("tokens", 7, 3);
    if (!rows || !columns) {
      this.grid = undefined;
      return;
    }
    const { module, answered } = this.store;
    const places = rows.values.flatMap((row) =>
      columns.values.map((column): [string, string][] => [
        [rows.field.key, String(row)],
        [columns.field.key, String(column)],
      ]),
    );
    const setUps = places.map((place) => changed(answered, place));
    const answers = await questionsTo(module).totals(setUps, wanted);
    if (!wanted()) return;
    const cells = places.map((place, index): Cell => {
      const answer = answers[index];
      return {
        change: place.map(([key, value]) => `${key}=${value}`).join("&"),
        total: answer?.ok ? demand(answer) : undefined,
        fits: answer?.ok ? answer.fit.fits : false,
      };
    });
    const wide = columns.values.length;
    this.grid = {
      rows,
      columns,
      cells: rows.values.map((_, row) => cells.slice(row * wide, (row + 1) * wide)),
    };
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.grid) return nothing;
    const { rows, columns, cells } = this.grid;
    const here = (axis: Axis, value: number) => value === axis.present;
    const edges = columns.values.length;
    const aside = (index: number) => (index === 0 || index >= edges - 2 ? "wide" : "");
    return html`
      <h3 id="map-heading">${t.map.heading}</h3>
      <p class="intro">${t.map.intro(rows.field.label, columns.field.label)}</p>
      <table class="map" aria-labelledby="map-heading">
        <thead>
          <tr>
            <td></td>
            ${columns.values.map(
              (value, index) =>
                html`<th scope="col" class="number ${aside(index)} ${here(columns, value) ? "here" : ""}">
                  ${whole(value)}
                </th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${rows.values.map(
            (value, row) => html`<tr>
              <th scope="row" class="number ${here(rows, value) ? "here" : ""}">${whole(value)}</th>
              ${columns.values.map((length, column) =>
                this.show(
                  cells,
                  row,
                  column,
                  `${aside(column)} ${here(rows, value) && here(columns, length) ? "here" : ""}`,
                ),
              )}
            </tr>`,
          )}
        </tbody>
      </table>
    `;
  }

  private show(cells: Cell[][], row: number, column: number, also: string): TemplateResult {
    const cell = cells[row]?.[column];
    if (cell?.total === undefined) return html`<td class="number ${also}">–</td>`;
    const right = cells[row]?.[column + 1];
    const below = cells[row + 1]?.[column];
    const edge = cell.fits
      ? `${right && !right.fits ? " edge-right" : ""}${below && !below.fits ? " edge-below" : ""}`
      : "";
    return html`<td class="number ${cell.fits ? "fits" : "misses"}${edge} ${also}">
      <a href=${this.store.href(cell.change)} data-change=${cell.change}
        >${gib(cell.total)}<span class="unseen">
          ${unit()}, ${cell.fits ? t.advice.fits : t.advice.misses}</span
        ></a
      >
    </td>`;
  }

  /// The first option that counts in a unit, at values that halve and double the present one.
  private axis(unit: string, count: number, before: number): Axis | undefined {
    const { schema, answered } = this.store;
    const field = schema.fields.find(
      (each) => each.unit === unit && each.initial !== "" && applies(schema, each, answered.values),
    );
    const present = Number(field && currentOf(field, answered.values));
    if (!field || !Number.isInteger(present) || present < 1) return undefined;
    let start = present;
    for (let step = 0; step < before && start % 2 === 0; step++) start /= 2;
    return {
      field,
      present,
      values: Array.from({ length: count }, (_, power) => start * 2 ** power),
    };
  }
}

customElements.define("tl-map", MapOfFits);
