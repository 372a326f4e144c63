// What is live, event by event, over one step: the same tree of allocations that the ledger is read from,
// walked instead of folded.

import { scaleLinear } from "d3-scale";
import { area, curveStepAfter, line, stack } from "d3-shape";
import { html, nothing, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import { type Answer, type Component, components, type TimelinePoint } from "../contract";
import { gib, gibColumn, unit, whole } from "../format";
import { t } from "../words";
import { capacityLine, type Frame, levels } from "./axes";
import { Figure } from "./light";
import { fillOf } from "./patterns";

const height = 300;

export class Timeline extends Figure {
  static override properties = {
    ...Figure.properties,
    answer: { attribute: false },
    at: { state: true },
    zoom: { state: true },
  };
  declare answer: Answer;
  /// The stretch that is looked at closely, by its name; empty: the whole step.
  declare zoom: string;
  /// The event under the reader's finger; nothing: the peak.
  declare at: number | undefined;

  constructor() {
    super();
    this.zoom = "";
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("answer")) this.at = undefined;
  }

  protected override render(): TemplateResult {
    const stretches = closeUps(this.answer);
    const close = stretches.get(this.zoom);
    const points = close ? eventsOf(close) : (this.answer.timeline ?? []);
    return html`
      <h2>${t.timeline.heading}</h2>
      ${points.length > 1 ? html`<p class="intro">${close ? t.timeline.close(whole(close.turns)) : t.timeline.intro}</p>` : nothing}
      ${stretches.size ? this.choice(stretches) : nothing}
      ${points.length > 1 ? this.chart(points, close !== undefined) : nothing} ${this.phases()}
    `;
  }

  private choice(stretches: ReadonlyMap<string, Stretch>): TemplateResult {
    return html`<p class="radios" role="radiogroup" aria-label=${t.timeline.show}>
      ${["", ...stretches.keys()].map(
        (name) => html`<label
          ><input
            type="radio"
            name="timeline-zoom"
            .checked=${name === (stretches.has(this.zoom) ? this.zoom : "")}
            @change=${() => {
              this.zoom = name;
              this.at = undefined;
            }}
          /><span>${name || t.timeline.whole}</span></label
        >`,
      )}
    </p>`;
  }

  private chart(points: TimelinePoint[], close: boolean): TemplateResult {
    const { width, answer } = this;
    const available = answer.fit.available;
    const frame: Frame = { left: 46, right: width - 1, top: 34, bottom: height - 22 };
    const peakAt = points.reduce(
      (best, { live }, i) => (live > at(points, best).live ? i : best),
      0,
    );
    const highest = points.reduce(
      (bytes, { live, reserved = 0 }) => Math.max(bytes, live, reserved),
      0,
    );
    const lowest = points.reduce((bytes, { live }) => Math.min(bytes, live), highest);
    const from = close ? Math.max(0, lowest - (highest - lowest) / 10) : 0;
    const most = close
      ? highest + (highest - lowest) / 20
      : Math.max(highest, Math.min(available ?? 0, highest * 1.6)) * 1.04;
    const y = scaleLinear([from, most], [frame.bottom, frame.top]).clamp(true);
    const x = scaleLinear([0, points.length], [frame.left, frame.right]);
    const here = Math.min(this.at ?? peakAt, points.length - 1);
    const point = at(points, here);
    const words = t.timeline.at(point.label, t.phaseName(point.phase), gib(point.live));
    const dotX = x(here + 0.5);
    const dotY = y(point.live);
    const move = (event: PointerEvent) => {
      const box = (event.currentTarget as Element).getBoundingClientRect();
      const to = Math.floor(x.invert(event.clientX - box.left));
      this.at = Math.min(Math.max(to, 0), points.length - 1);
    };
    return html`
      <p class="readout" aria-hidden="true">
        <span>${t.phaseName(point.phase)}</span> ${point.label}
        <span class="number">${gib(point.live)} ${unit()}</span>
        ${
          point.reserved
            ? html`<span class="held">${t.timeline.held(gib(point.reserved))}</span>`
            : nothing
        }
      </p>
      <div
        class="plot"
        role="slider"
        tabindex="0"
        aria-label=${t.timeline.label}
        aria-valuemin="1"
        aria-valuemax=${points.length}
        aria-valuenow=${here + 1}
        aria-valuetext=${words}
        @keydown=${(event: KeyboardEvent) => this.step(event, here, points)}
        @pointermove=${move}
        @pointerdown=${move}
        @pointerleave=${() => {
          this.at = undefined;
        }}
      >
        <svg width=${width} height=${height} viewBox="0 0 ${width} ${height}" aria-hidden="true">
          ${levels(y, frame)} ${this.areas(points, x, y, frame)}
          ${held(points, x, y)} ${this.bands(points, x, frame)}
          ${capacityLine(y, frame, available, available ? t.bar.usable(gib(available)) : "")}
          <path class="cursor" d="M${dotX} ${frame.bottom}V${dotY}" />
          <circle class="cursor" cx=${dotX} cy=${dotY} r="4" />
          <path class="base" d="M${frame.left} ${frame.bottom + 0.5}H${frame.right}" />
        </svg>
      </div>
    `;
  }

  private step(event: KeyboardEvent, here: number, points: TimelinePoint[]): void {
    const last = points.length - 1;
    const to = {
      ArrowLeft: here - 1,
      ArrowDown: here - 1,
      ArrowRight: here + 1,
      ArrowUp: here + 1,
      PageDown: here - Math.ceil(last / 10),
      PageUp: here + Math.ceil(last / 10),
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.at = Math.min(Math.max(to, 0), last);
  }

  /// One area for each component where the answer tells them apart, else one for what is live.
  private areas(
    points: TimelinePoint[],
    x: (index: number) => number,
    y: (bytes: number) => number,
    frame: Frame,
  ): SVGTemplateResult | SVGTemplateResult[] {
    const ends = [...points, at(points, points.length - 1)];
    const outline = line<TimelinePoint>(
      (_, index) => x(index),
      ({ live }) => y(live),
    ).curve(curveStepAfter)(ends);
    const edge = svg`<path class="outline" d=${outline ?? ""} />`;
    if (!points.every(({ parts }) => parts)) {
      const shape = area<TimelinePoint>()
        .x((_, index) => x(index))
        .y0(frame.bottom)
        .y1(({ live }) => y(live))
        .curve(curveStepAfter)(ends);
      return svg`<path class="live" d=${shape ?? ""} />${edge}`;
    }
    const layers = stack<TimelinePoint, Component>()
      .keys(components.filter((_, which) => points.some(({ parts }) => parts?.[which])))
      .value(({ parts }, name) => parts?.[components.indexOf(name)] ?? 0)(ends);
    return [
      ...layers.map((layer) => {
        const shape = area<(typeof layer)[number]>()
          .x((_, index) => x(index))
          .y0(([low]) => y(low))
          .y1(([, high]) => y(high))
          .curve(curveStepAfter)(layer);
        return svg`<path class="segment" fill=${fillOf(layer.key)} d=${shape ?? ""} />`;
      }),
      edge,
    ];
  }

  /// The phases, as names over hairlines.
  private bands(
    points: TimelinePoint[],
    x: (index: number) => number,
    frame: Frame,
  ): SVGTemplateResult[] {
    const starts = points
      .map(({ phase }, index) => ({ phase, index }))
      .filter(({ phase, index }) => index === 0 || phase !== points[index - 1]?.phase);
    return starts.map(({ phase, index }, which) => {
      const from = x(index);
      const room = x(starts[which + 1]?.index ?? points.length) - from;
      const name = t.phaseName(phase);
      return svg`
        <path class="band" d="M${Math.round(from) + 0.5} ${frame.top - 22}V${frame.bottom}" />
        ${room > name.length * 6.5 + 10 ? svg`<text class="label" x=${from + 6} y=${frame.top - 12}>${name}</text>` : nothing}`;
    });
  }

  private phases(): TemplateResult {
    return html`<table class="phases" aria-label=${t.timeline.heading}>
      <thead>
        <tr>
          <th scope="col">${t.timeline.phase}</th>
          <th scope="col" class="number">${t.timeline.start}</th>
          <th scope="col" class="number">${t.timeline.most}</th>
          <th scope="col" class="number">${t.timeline.end}</th>
        </tr>
      </thead>
      <tbody>
        ${this.answer.phases.map(
          (phase) => html`<tr class=${phase.name === this.answer.peak.phase ? "most" : ""}>
            <th scope="row">${t.phaseName(phase.name)}</th>
            <td class="number">${gibColumn(phase.start)}</td>
            <td class="number">${gibColumn(phase.peak)}</td>
            <td class="number">${gibColumn(phase.end)}</td>
          </tr>`,
        )}
      </tbody>
    </table>`;
  }
}

type Stretch = NonNullable<Answer["stretches"]>[number];

/// What is worth a closer look: of each phase and part of the network the longest stretch that repeats.
function closeUps({ stretches = [] }: Answer): Map<string, Stretch> {
  const found = new Map<string, Stretch>();
  for (const stretch of stretches) {
    const name = t.timeline.one(stretch.label, t.phaseName(stretch.phase));
    if (stretch.points.length > (found.get(name)?.points.length ?? 1)) found.set(name, stretch);
  }
  return found;
}

/// The events of a stretch as points: each says what was made, or freed.
function eventsOf({ phase, points }: Stretch): TimelinePoint[] {
  return points.map(({ label, change, live, parts }) => ({
    label: change < 0 ? t.timeline.freed(label) : label,
    phase,
    live,
    parts,
  }));
}

/// What the allocator holds: a line above what is live, where the answer says it.
function held(
  points: TimelinePoint[],
  x: (index: number) => number,
  y: (bytes: number) => number,
): SVGTemplateResult | typeof nothing {
  if (!points.some(({ reserved }) => reserved)) return nothing;
  const path = line<TimelinePoint>(
    (_, index) => x(index),
    ({ reserved = 0 }) => y(reserved),
  ).curve(curveStepAfter)([...points, at(points, points.length - 1)]);
  return svg`<path class="held" d=${path ?? ""} />`;
}

function at(points: TimelinePoint[], index: number): TimelinePoint {
  return points[index] ?? { label: "", phase: "", live: 0 };
}

customElements.define("tl-timeline", Timeline);
