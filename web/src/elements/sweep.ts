// Memory against one quantity of the set-up, everything else as it is: the components stacked, the card's line, and
// where the curve crosses it.

import { scaleLinear } from "d3-scale";
import { area, line, stack } from "d3-shape";
import { html, nothing, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import type { Limits } from "tensorledger";
import { type Answer, type Component, components } from "../contract";
import { gib, gibColumn, memory, whole } from "../format";
import { questionsTo } from "../questions";
import { applies, currentOf, type Field, fieldOfList } from "../schema";
import { changed, type Store } from "../store";
import { demand, overhead } from "../verdict";
import { t } from "../words";
import { capacityLine, type Frame, levels } from "./axes";
import { Later } from "./later";
import { fillOf, swatch } from "./patterns";
import { csv, download, drawing, picture, text } from "./take";

const height = 320;
const samples = 32;

/// A quantity that the chart can run over.
interface Axis {
  field: Field;
  present: number;
  /// The largest that fits, where that is known.
  most: number | undefined;
  end: number;
}

interface Sample {
  value: number;
  answer: Answer;
}

export class Sweep extends Later {
  static override properties = {
    ...Later.properties,
    key: { state: true },
    at: { state: true },
  };
  declare store: Store;
  declare answer: Answer;
  /// The option that the chart runs over.
  declare key: string;
  /// The sample under the reader's finger.
  declare at: number | undefined;
  private axes: Axis[] = [];
  private axis: Axis | undefined;
  private curve: Sample[] = [];

  constructor() {
    super();
    this.key = "";
  }

  protected override async prepare(wanted: () => boolean): Promise<void> {
    const { module, answered } = this.store;
    const questions = questionsTo(module);
    const limits = await questions.limits(answered);
    if (!wanted()) return;
    const axes = limits.ok ? this.axesOf(limits) : [];
    const axis = axes.find(({ field }) => field.key === this.key) ?? axes.find(isLength) ?? axes[0];
    const values = axis ? evenly(axis) : [];
    const setUps = values.map((value) =>
      changed(answered, [[axis?.field.key ?? "", String(value)]]),
    );
    const answers = await questions.totals(setUps, wanted);
    if (!wanted()) return;
    this.axes = axes;
    this.axis = axis;
    this.at = undefined;
    this.curve = answers.flatMap((answer, index) =>
      answer.ok ? [{ value: values[index] ?? 0, answer }] : [],
    );
  }

  /// What can grow until the card is full, and the depth of the model.
  private axesOf(limits: Limits): Axis[] {
    const { schema, answered } = this.store;
    const axes = limits.reaches.flatMap(({ key, now, most, bound }): Axis[] => {
      const field = schema.byKey.get(key);
      if (!field) return [];
      const beyond = bound === "card" ? Math.ceil(most * 1.25) : most;
      const end = Math.max(bound === "model" && most >= now ? most : now * 2, beyond, 4);
      return [{ field, present: now, most: bound === "card" ? most : undefined, end }];
    });
    const model = fieldOfList(schema, "models");
    const group = schema.groups.find(({ fields }) => model && fields.includes(model));
    const depth = group?.fields.find(
      (field) => field.unit === "layers" && applies(schema, field, answered.values),
    );
    const present = depth && (Number(currentOf(depth, answered.values)) || depthOf(this.answer));
    if (depth && present)
      axes.push({ field: depth, present, most: undefined, end: Math.ceil(present * 1.5) });
    return axes;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { axis, curve } = this;
    if (!axis || curve.length < 2) return nothing;
    const here = Math.min(this.at ?? nearest(curve, axis.present), curve.length - 1);
    const sample = curve[here];
    if (!sample) return nothing;
    return html`
      <h2 id="sweep-heading">${t.sweep.heading}</h2>
      <p class="intro">${t.sweep.intro(axis.field.label)}</p>
      <p class="radios" role="radiogroup" aria-label=${t.sweep.against}>
        ${this.axes.map(
          ({ field }) => html`<label
            ><input
              type="radio"
              name="sweep-axis"
              .checked=${field === axis.field}
              @change=${() => {
                this.key = field.key;
                this.redraw();
              }}
            /><span>${field.label}</span></label
          >`,
        )}
      </p>
      ${this.chart(axis, curve, here, sample)} ${this.legend(sample.answer)}
      ${this.table(axis, curve)} ${this.takes(axis, curve)}
    `;
  }

  private words(axis: Axis, { value, answer }: Sample): string {
    const verdict = answer.fit.fits ? t.advice.fits : t.advice.misses;
    return t.sweep.at(`${whole(value)} ${axis.field.unit}`, memory(demand(answer)), verdict);
  }

  private chart(axis: Axis, curve: Sample[], here: number, sample: Sample): TemplateResult {
    const { width } = this;
    const available = sample.answer.fit.available;
    const frame: Frame = { left: 46, right: width - 1, top: 34, bottom: height - 44 };
    const highest = Math.max(...curve.map(({ answer }) => demand(answer)));
    const most = Math.max(highest, Math.min(available, highest * 1.6)) * 1.06;
    const first = curve[0]?.value ?? 0;
    const last = curve.at(-1)?.value ?? 1;
    const x = scaleLinear([first, last], [frame.left, frame.right]);
    const y = scaleLinear([0, most], [frame.bottom, frame.top]);
    const dot = x(sample.value);
    const move = (event: PointerEvent) => {
      const box = (event.currentTarget as Element).getBoundingClientRect();
      this.at = nearest(curve, x.invert(event.clientX - box.left));
    };
    const now = Math.round(x(axis.present)) + 0.5;
    const inside = axis.present >= first && axis.present <= last;
    const ticks = x
      .ticks(Math.max(2, Math.floor(width / 130)))
      .filter((value) => Number.isInteger(value));
    return html`
      <p class="readout" aria-hidden="true">
        <span>${t.sweep.value(whole(sample.value), axis.field.unit)}</span>
        <span class=${sample.answer.fit.fits ? "" : "over"}
          >${sample.answer.fit.fits ? t.advice.fits : t.advice.misses}</span
        >
        <span class="number">${memory(demand(sample.answer))}</span>
      </p>
      <div
        class="plot"
        role="slider"
        tabindex="0"
        aria-label=${axis.field.label}
        aria-valuemin=${first}
        aria-valuemax=${last}
        aria-valuenow=${sample.value}
        aria-valuetext=${this.words(axis, sample)}
        @keydown=${(event: KeyboardEvent) => this.step(event, here)}
        @pointermove=${move}
        @pointerdown=${move}
        @pointerleave=${() => {
          this.at = undefined;
        }}
      >
        <svg
          class="sweep-chart"
          width=${width}
          height=${height}
          viewBox="0 0 ${width} ${height}"
          aria-hidden="true"
        >
          ${levels(y, frame)} ${areas(curve, x, y)}
          ${ticks.map(
            (value) => svg`<text class="tick" x=${x(value)} y=${frame.bottom + 18}
              text-anchor=${x(value) > frame.right - 30 ? "end" : "middle"}>${whole(value)}</text>`,
          )}
          <text class="tick unit" x=${frame.right} y=${frame.bottom + 38} text-anchor="end"
            >${axis.field.label}, ${axis.field.unit}</text>
          ${capacityLine(y, frame, available, t.bar.usable(gib(available)))}
          ${
            inside
              ? svg`<path class="band" d="M${now} ${frame.top - 8}V${frame.bottom}" />
                <text class="label" x=${now > frame.right - 90 ? now - 5 : now + 5} y=${frame.top - 10}
                  text-anchor=${now > frame.right - 90 ? "end" : "start"}>${t.article.now(whole(axis.present))}</text>`
              : nothing
          }
          ${articleLine(axis, curve, x, y, frame)}
          <path class="cursor" d="M${dot} ${frame.bottom}V${y(demand(sample.answer))}" />
          <circle class="cursor" cx=${dot} cy=${y(demand(sample.answer))} r="4" />
          <path class="base" d="M${frame.left} ${frame.bottom + 0.5}H${frame.right}" />
        </svg>
      </div>
    `;
  }

  private step(event: KeyboardEvent, here: number): void {
    const last = this.curve.length - 1;
    const to = {
      ArrowLeft: here - 1,
      ArrowDown: here - 1,
      ArrowRight: here + 1,
      ArrowUp: here + 1,
      PageDown: here - 5,
      PageUp: here + 5,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.at = Math.min(Math.max(to, 0), last);
  }

  /// What each colour is, with its figure under the cursor.
  private legend(answer: Answer): TemplateResult {
    const beyond = overhead(answer);
    const formula = this.curve.some((sample) => this.formulaOf(sample) !== undefined);
    return html`<ul class="legend">
      ${components
        .filter((name) => this.curve.some((sample) => sample.answer.bytes[name] > 0))
        .map(
          (name) => html`<li>
            ${swatch(name)}<span class="term">${t.component[name]}</span
            ><span class="number">${memory(answer.bytes[name])}</span>
          </li>`,
        )}
      <li>
        <span class="swatch overhead"></span><span class="term">${t.overhead}</span
        ><span class="number">${memory(beyond)}</span>
      </li>
      ${
        formula && answer.article
          ? html`<li>
              <svg class="swatch" width="14" height="14" aria-hidden="true">
                <path class="article" d="M0 7H14" /></svg
              ><span class="term">${t.sweep.article}</span
              ><span class="number">${memory(answer.article.bytes)}</span>
            </li>`
          : nothing
      }
    </ul>`;
  }

  private formulaOf({ answer }: Sample): number | undefined {
    return answer.article?.variable === this.axis?.field.key ? answer.article?.bytes : undefined;
  }

  private columns(): Component[] {
    return components.filter((name) => this.curve.some(({ answer }) => answer.bytes[name] > 0));
  }

  private table(axis: Axis, curve: Sample[]): TemplateResult {
    const every = Math.ceil(curve.length / 12);
    const names = this.columns();
    return html`<details class="as-table">
      <summary>${t.sweep.table}</summary>
      <div class="scrolling" role="region" tabindex="0" aria-labelledby="sweep-heading">
        <table>
          <thead>
            <tr>
              <th scope="col">${axis.field.label}</th>
              ${names.map((name) => html`<th scope="col" class="number">${t.component[name]}</th>`)}
              <th scope="col" class="number">${t.sweep.total}</th>
              <th scope="col"><span class="unseen">${t.advice.verdict}</span></th>
            </tr>
          </thead>
          <tbody>
            ${curve
              .filter((_, index) => index % every === 0 || index === curve.length - 1)
              .map(
                ({ value, answer }) => html`<tr>
                  <th scope="row">${whole(value)}</th>
                  ${names.map((name) => html`<td class="number">${gibColumn(answer.bytes[name])}</td>`)}
                  <td class="number">${gibColumn(demand(answer))}</td>
                  <td class=${answer.fit.fits ? "outcome" : "outcome over"}>
                    ${answer.fit.fits ? t.advice.fits : t.advice.misses}
                  </td>
                </tr>`,
              )}
          </tbody>
        </table>
      </div>
    </details>`;
  }

  private takes(axis: Axis, curve: Sample[]): TemplateResult {
    const name = `memory-against-${axis.field.key}`;
    const chart = () => this.querySelector<SVGSVGElement>(".sweep-chart");
    const names = this.columns();
    return html`<p class="buttons takes">
      <span>${t.take.save}</span>
      <button
        type="button"
        class="quiet"
        @click=${() => {
          const svg = chart();
          if (svg) download(`${name}.svg`, text(drawing(svg), "image/svg+xml"));
        }}
      >
        SVG
      </button>
      <button
        type="button"
        class="quiet"
        @click=${async () => {
          const svg = chart();
          const png = svg && (await picture(svg));
          if (png) download(`${name}.png`, png);
        }}
      >
        PNG
      </button>
      <button
        type="button"
        class="quiet"
        @click=${() =>
          download(
            `${name}.csv`,
            text(
              csv([
                [axis.field.key, ...names, "device", "available"],
                ...curve.map(({ value, answer }) => [
                  value,
                  ...names.map((each) => answer.bytes[each]),
                  demand(answer),
                  answer.fit.available,
                ]),
              ]),
              "text/csv",
            ),
          )}
      >
        CSV
      </button>
    </p>`;
  }
}

/// Layers of the model: all that the backward finds kept, or the cache's.
function depthOf({ saved, rows }: Answer): number {
  const kept = saved.layers.reduce((sum, { count }) => sum + count, 0);
  return (
    kept ||
    rows.reduce((most, { count, group }) => (group === "weights" ? Math.max(most, count) : most), 0)
  );
}

function isLength({ field }: Axis): boolean {
  return field.unit === "tokens";
}

/// Whole numbers, evenly spread, with the present one and the last that fits among them.
function evenly({ present, most, end }: Axis): number[] {
  const count = Math.min(samples, end);
  const values = new Set(
    Array.from({ length: count }, (_, i) => Math.max(1, Math.round((end * (i + 1)) / count))),
  );
  values.add(present);
  if (most) values.add(most).add(most + 1);
  return [...values].sort((left, right) => left - right);
}

function nearest(curve: Sample[], value: number): number {
  return curve.reduce(
    (best, sample, index) =>
      Math.abs(sample.value - value) < Math.abs((curve[best]?.value ?? 0) - value) ? index : best,
    0,
  );
}

function areas(
  curve: Sample[],
  x: (value: number) => number,
  y: (bytes: number) => number,
): SVGTemplateResult[] {
  const names = components.filter((name) => curve.some(({ answer }) => answer.bytes[name] > 0));
  const layers = stack<Sample, Component>()
    .keys(names)
    .value(({ answer }, name) => answer.bytes[name])(curve);
  const edge = line<Sample>(
    ({ value }) => x(value),
    ({ answer }) => y(demand(answer)),
  )(curve);
  return [
    ...layers.map((layer) => {
      const shape = area<(typeof layer)[number]>()
        .x(({ data }) => x(data.value))
        .y0(([low]) => y(low))
        .y1(([, high]) => y(high))(layer);
      return svg`<path class="segment" fill=${fillOf(layer.key)} d=${shape ?? ""} />`;
    }),
    svg`<path class="outline" d=${edge ?? ""} />`,
  ];
}

/// What the formula of 2022 gives for the activations, where the chart runs over its variable.
function articleLine(
  axis: Axis,
  curve: Sample[],
  x: (value: number) => number,
  y: (bytes: number) => number,
  frame: Frame,
): SVGTemplateResult | typeof nothing {
  const points = curve.flatMap(({ value, answer }) =>
    answer.article?.variable === axis.field.key ? [[value, answer.article.bytes] as const] : [],
  );
  if (points.length < 2) return nothing;
  const inside = points.filter(([, bytes]) => y(bytes) >= frame.top - 8);
  const path = line<readonly [number, number]>(
    ([value]) => x(value),
    ([, bytes]) => y(bytes),
  )(inside);
  return svg`<path class="casing" d=${path ?? ""} /><path class="article" d=${path ?? ""} />`;
}

customElements.define("tl-sweep", Sweep);
