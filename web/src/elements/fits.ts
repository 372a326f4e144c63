// What fits, as a picture of up to 64 by 64 sizes: how many sequences and how long. Memory grows with both, so the edge
// of what fits is a stair, and only the set-ups along it are asked for. A third quantity can be moved under it.

import { scaleLog } from "d3-scale";
import { html, nothing, svg, type TemplateResult } from "lit";
import type { Answer } from "../contract";
import type { SetUp } from "../engine";
import { whole } from "../format";
import { type Questions, questionsTo } from "../questions";
import { applies, currentOf, type Field, type Schema } from "../schema";
import { changed, type Store } from "../store";
import { t } from "../words";
import { Later } from "./later";

const cells = 64;
const height = 300;

interface Axis {
  field: Field;
  present: number;
  values: number[];
}

/// How many of `rows` fit, for each of `columns`.
interface Stair {
  rows: Axis;
  columns: Axis;
  heights: number[];
}

export class Fits extends Later {
  static override properties = {
    ...Later.properties,
    key: { state: true },
    moved: { state: true },
    at: { state: true },
  };
  declare store: Store;
  declare answer: Answer;
  /// The option under the slider, and what it has been moved to.
  declare key: string;
  declare moved: number | undefined;
  /// The cell under the cursor: column and row.
  declare at: readonly [number, number] | undefined;
  private stair: Stair | undefined;
  private drawnFor: SetUp | undefined;

  constructor() {
    super();
    this.key = "";
  }

  protected override async prepare(wanted: () => boolean): Promise<void> {
    const { module, answered } = this.store;
    if (this.drawnFor !== answered) this.moved = undefined;
    const questions = questionsTo(module);
    const slid = this.quantities().find(({ key }) => key === this.key);
    const base =
      slid && this.moved !== undefined
        ? changed(answered, [[slid.key, String(this.moved)]])
        : answered;
    const limits = await questions.limits(answered);
    if (!wanted() || !limits.ok) return;
    const [across, down] = ["tokens", "sequences"].map((unit) => {
      const reach = limits.reaches.find((each) => each.unit === unit);
      const field = reach && this.store.schema.byKey.get(reach.key);
      if (!reach || !field) return undefined;
      const bounded = reach.bound !== "card" && reach.most >= reach.now;
      const far = Math.max(cells, reach.now * 2, reach.most * 1.5);
      const end = bounded ? reach.most : 2 ** Math.ceil(Math.log2(far));
      return { field, present: reach.now, values: spread(end) };
    });
    if (!across || !down) return;
    const heights = await walk(questions, base, down, across, wanted);
    if (!wanted()) return;
    this.stair = { rows: down, columns: across, heights };
    this.drawnFor = answered;
    this.at = undefined;
  }

  /// The whole numbers of the set-up, beside the two axes, that it gives or has a default for; those that say what is
  /// done before those that say on what, the usual ones first.
  private quantities(): Field[] {
    const { schema, answered } = this.store;
    const axes = this.stair ? [this.stair.rows.field, this.stair.columns.field] : [];
    const isHardware = ({ fields }: Schema["groups"][number]) =>
      fields.some(({ list }) => list === "accelerators");
    return [...schema.groups]
      .sort((left, right) => Number(isHardware(left)) - Number(isHardware(right)))
      .flatMap(({ fields }) => fields)
      .sort((left, right) => Number(left.advanced) - Number(right.advanced))
      .filter(
        (field) =>
          field.kind === "number" &&
          !axes.includes(field) &&
          applies(schema, field, answered.values) &&
          Number(currentOf(field, answered.values)) >= 1,
      );
  }

  protected override render(): TemplateResult | typeof nothing {
    const { stair } = this;
    if (!stair) return nothing;
    const { rows, columns } = stair;
    return html`
      <h2 id="fits-heading">${t.fits.heading}</h2>
      <p class="intro">${t.fits.intro(rows.field.label, columns.field.label)}</p>
      ${this.slider()} ${this.readout(stair)} ${this.picture(stair)}
    `;
  }

  private slider(): TemplateResult | typeof nothing {
    const fields = this.quantities();
    const field = fields.find(({ key }) => key === this.key) ?? fields[0];
    if (!field) return nothing;
    const present = Number(currentOf(field, this.store.answered.values));
    const steps = sizes(field, present);
    const value = this.key === field.key && this.moved !== undefined ? this.moved : present;
    const change = `${field.key}=${value}`;
    return html`<div class="slider">
      <label
        ><span class="unseen">${t.fits.which}</span>
        <select
          @change=${(event: Event) => {
            this.key = (event.target as HTMLSelectElement).value;
            this.moved = undefined;
            this.redraw();
          }}
        >
          ${fields.map(
            ({ key, label }) =>
              html`<option value=${key} .selected=${key === field.key}>${label}</option>`,
          )}
        </select></label
      >
      <input
        type="range"
        min="0"
        max=${steps.length - 1}
        aria-label=${field.label}
        aria-valuetext="${whole(value)} ${field.unit}"
        .value=${String(Math.max(0, steps.indexOf(value)))}
        @input=${(event: Event) => {
          this.key = field.key;
          this.moved = steps[Number((event.target as HTMLInputElement).value)];
          this.redraw();
        }}
      />
      <output class="number">${whole(value)}</output>
      ${
        value === present
          ? nothing
          : html`<a href=${this.store.href(change)} data-change=${change}>${t.fits.take}</a>`
      }
    </div>`;
  }

  private readout({ rows, columns, heights }: Stair): TemplateResult {
    const column = this.at?.[0] ?? nearest(columns.values, columns.present);
    const length = columns.values[column] ?? 0;
    const fit = rows.values[(heights[column] ?? 0) - 1];
    return html`<p class="readout">
      <span>${t.sweep.value(whole(length), columns.field.unit)}</span>
      <span class=${fit ? "" : "over"}>
        ${fit ? t.fits.upTo(whole(fit), rows.field.unit, heights[column] === rows.values.length) : t.fits.none}
      </span>
    </p>`;
  }

  private picture({ rows, columns, heights }: Stair): TemplateResult {
    const { width } = this;
    const frame = { left: 46, right: width - 1, top: 14, bottom: height - 44 };
    const wide = columns.values.length;
    const high = rows.values.length;
    const across = edgesOf(columns.values);
    const down = edgesOf(rows.values);
    const scaleX = scaleLog([across[0] ?? 1, across[wide] ?? 1], [frame.left, frame.right]);
    const scaleY = scaleLog([down[0] ?? 1, down[high] ?? 1], [frame.bottom, frame.top]);
    const x = (edge: number) => scaleX(across[edge] ?? 1);
    const y = (edge: number) => scaleY(down[edge] ?? 1);
    const path = heights
      .map((fit, column) => `${column === 0 ? "M" : "L"}${x(column)} ${y(fit)}H${x(column + 1)}`)
      .join("");
    const here = [
      (x(nearest(columns.values, columns.present)) +
        x(nearest(columns.values, columns.present) + 1)) /
        2,
      (y(nearest(rows.values, rows.present)) + y(nearest(rows.values, rows.present) + 1)) / 2,
    ] as const;
    const cellAt = (edges: number[], value: number) =>
      edges.findIndex((edge, index) => value >= edge && value < (edges[index + 1] ?? edge));
    const move = (event: PointerEvent) => {
      const box = (event.currentTarget as Element).getBoundingClientRect();
      const column = cellAt(across, scaleX.invert(event.clientX - box.left));
      const row = cellAt(down, scaleY.invert(event.clientY - box.top));
      this.at = column < 0 || row < 0 ? undefined : [column, row];
    };
    const column = this.at?.[0] ?? nearest(columns.values, columns.present);
    return html`<div
      class="plot"
      role="slider"
      tabindex="0"
      aria-label=${columns.field.label}
      aria-valuemin=${columns.values[0] ?? 0}
      aria-valuemax=${columns.values.at(-1) ?? 0}
      aria-valuenow=${columns.values[column] ?? 0}
      aria-valuetext=${this.words({ rows, columns, heights }, column)}
      @keydown=${(event: KeyboardEvent) => {
        const to = {
          ArrowLeft: column - 1,
          ArrowDown: column - 1,
          ArrowRight: column + 1,
          ArrowUp: column + 1,
          Home: 0,
          End: wide - 1,
        }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        this.at = [Math.min(Math.max(to, 0), wide - 1), this.at?.[1] ?? 0];
      }}
      @pointermove=${move}
      @pointerdown=${move}
      @pointerleave=${() => {
        this.at = undefined;
      }}
      @click=${() => this.go({ rows, columns, heights })}
    >
      <svg class="fits" width=${width} height=${height} viewBox="0 0 ${width} ${height}" aria-hidden="true">
        <path class="room" d="${path}V${frame.bottom}H${frame.left}Z" />
        <path class="grid" d=${grid(x, y, wide, high)} />
        ${doublings(rows.values, 1).map(
          (value) => svg`<text x=${frame.left - 8} y=${scaleY(value) + 4} text-anchor="end"
            >${whole(value)}</text>`,
        )}
        ${doublings(columns.values, width < 500 ? 2 : 1).map(
          (value) => svg`<text x=${scaleX(value)} y=${frame.bottom + 18}
            text-anchor=${scaleX(value) > frame.right - 30 ? "end" : "middle"}>${whole(value)}</text>`,
        )}
        <text x=${frame.right} y=${frame.bottom + 38} text-anchor="end"
          >${columns.field.label}, ${columns.field.unit}</text>
        <path class="capacity" d=${path} />
        <text class="label" x=${frame.left + 8} y=${frame.bottom - 8}>${t.advice.fits}</text>
        <text class="label over" x=${frame.right - 8} y=${frame.top + 16} text-anchor="end"
          >${t.advice.misses}</text>
        ${
          this.at
            ? svg`<rect class="cell" x=${x(this.at[0])} y=${y(this.at[1] + 1)}
                width=${x(this.at[0] + 1) - x(this.at[0])} height=${y(this.at[1]) - y(this.at[1] + 1)} />`
            : nothing
        }
        <circle class="cursor" cx=${here[0]} cy=${here[1]} r="5" />
        <path class="base" d="M${frame.left} ${frame.bottom + 0.5}H${frame.right}" />
      </svg>
    </div>`;
  }

  private words({ rows, columns, heights }: Stair, column: number): string {
    const fit = rows.values[(heights[column] ?? 0) - 1];
    const length = t.sweep.value(whole(columns.values[column] ?? 0), columns.field.unit);
    return `${length}: ${fit ? t.fits.upTo(whole(fit), rows.field.unit, false) : t.fits.none}`;
  }

  /// The set-up of the cell under the cursor.
  private go({ rows, columns }: Stair): void {
    if (!this.at) return;
    const [column, row] = this.at;
    this.store.apply(
      `${columns.field.key}=${columns.values[column]}&${rows.field.key}=${rows.values[row]}`,
    );
  }
}

/// Up to 64 whole numbers from 1 or so to `end`.
function spread(end: number): number[] {
  const count = Math.min(cells, end);
  return Array.from({ length: count }, (_, i) => Math.max(1, Math.round((end * (i + 1)) / count)));
}

/// Where the cells of some values begin and end: halfway to the next.
function edgesOf(values: number[]): number[] {
  const first = values[0] ?? 1;
  const step = (values[1] ?? first + 1) - first;
  const inner = values.slice(1).map((value, index) => (value + (values[index] ?? 0)) / 2);
  const last = values.at(-1) ?? 1;
  return [first - Math.min(step, first) / 2, ...inner, last + (last - (values.at(-2) ?? 0)) / 2];
}

/// The first value, doubled again and again; from the last backwards, so that it is one of them.
function doublings(values: number[], every: number): number[] {
  const first = values[0] ?? 1;
  const found: number[] = [];
  for (let value = values.at(-1) ?? 1; value >= first; value /= 2 ** every) {
    if (Number.isInteger(value)) found.push(value);
  }
  return found;
}

function nearest(values: number[], wanted: number): number {
  return values.reduce(
    (best, value, index) =>
      Math.abs(value - wanted) < Math.abs((values[best] ?? 0) - wanted) ? index : best,
    0,
  );
}

/// Where a slider can be: powers of two and what lies halfway, and the present value.
function sizes(field: Field, present: number): number[] {
  const values = new Set([present]);
  const end = Math.max(64, present * 8);
  for (let size = 1; size <= end; size *= 2) {
    values.add(size);
    if (size > 1) values.add((size * 3) / 2);
  }
  const most = field.most ?? end;
  return [...values]
    .filter((value) => Number.isInteger(value) && value >= (field.least ?? 1) && value <= most)
    .sort((left, right) => left - right);
}

/// For each length how many sequences fit. A longer one never allows more, so one walk along the edge finds all.
async function walk(
  questions: Questions,
  base: SetUp,
  rows: Axis,
  columns: Axis,
  wanted: () => boolean,
): Promise<number[]> {
  const heights: number[] = [];
  let fit = rows.values.length;
  for (const length of columns.values) {
    // Halving what is left takes fewer questions than one step after the other where the edge is steep.
    let low = 0;
    let guess = fit;
    while (low < fit) {
      const setUp = changed(base, [
        [rows.field.key, String(rows.values[guess - 1])],
        [columns.field.key, String(length)],
      ]);
      const [answer] = await questions.totals([setUp], wanted);
      if (!wanted()) return heights;
      if (answer?.ok && answer.fit.fits) low = guess;
      else fit = guess - 1;
      guess = Math.max(low + 1, Math.ceil((low + fit) / 2));
      if (low >= fit) break;
    }
    heights.push(fit);
  }
  return heights;
}

function grid(
  x: (at: number) => number,
  y: (at: number) => number,
  wide: number,
  high: number,
): string {
  const columns = Array.from({ length: wide + 1 }, (_, i) => `M${x(i)} ${y(0)}V${y(high)}`);
  const rows = Array.from({ length: high + 1 }, (_, i) => `M${x(0)} ${y(i)}H${x(wide)}`);
  return columns.join("") + rows.join("");
}

customElements.define("tl-fits", Fits);
