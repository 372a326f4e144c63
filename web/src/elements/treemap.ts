// The ledger as areas: every tensor that is live at the peak, within its component, or layer after layer. An area is
// as large as the tensor.

import { hierarchy, treemap, treemapSquarify } from "d3-hierarchy";
import { html, nothing, svg, type TemplateResult } from "lit";
import { type Answer, type Component, components, type Row } from "../contract";
import { memory, percent, whole } from "../format";
import { t } from "../words";
import { Figure } from "./light";
import { fillOf } from "./patterns";

const height = 380;
/// The width of a letter, roughly, in px.
const letter = 7.4;

interface Node {
  name: string;
  group: Component | undefined;
  bytes: number;
  children?: Node[];
}

export class Treemap extends Figure {
  static override properties = {
    ...Figure.properties,
    answer: { attribute: false },
    byLayer: { state: true },
    group: { state: true },
    at: { state: true },
  };
  declare answer: Answer;
  /// Is each layer an area of its own, and not each tensor of all layers?
  declare byLayer: boolean;
  /// The component that fills the picture; nothing: all do.
  declare group: Component | undefined;
  /// The area under the reader's finger.
  declare at: Node | undefined;

  constructor() {
    super();
    this.byLayer = false;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("answer")) this.at = undefined;
  }

  protected override render(): TemplateResult | typeof nothing {
    const rows = this.answer.rows.filter(({ bytes }) => bytes > 0);
    const present = components.filter((name) => rows.some(({ group }) => group === name));
    if (rows.length === 0) return nothing;
    const group = this.group && present.includes(this.group) ? this.group : undefined;
    const shown = rows.filter((row) => group === undefined || row.group === group);
    const total = sum(shown);
    const at = this.at;
    return html`
      <h3 id="treemap-heading">${t.treemap.heading}</h3>
      <p class="intro">${t.treemap.intro}</p>
      <p class="radios" role="radiogroup" aria-label=${t.treemap.show}>
        ${[undefined, ...present].map(
          (name) => html`<label
            ><input
              type="radio"
              name="treemap-group"
              .checked=${name === group}
              @change=${() => {
                this.group = name;
              }}
            /><span>${name ? t.component[name] : t.treemap.all}</span></label
          >`,
        )}
      </p>
      <p class="radios" role="radiogroup" aria-label=${t.ledger.by}>
        ${[false, true].map(
          (byLayer) => html`<label
            ><input
              type="radio"
              name="treemap-by"
              .checked=${byLayer === this.byLayer}
              @change=${() => {
                this.byLayer = byLayer;
              }}
            /><span>${byLayer ? t.treemap.byLayer : t.treemap.byTensor}</span></label
          >`,
        )}
      </p>
      <p class="readout" aria-hidden="true">
        ${
          at
            ? html`<span>${at.group ? t.component[at.group] : ""}</span> ${at.name}
                <span class="number">${memory(at.bytes)}, ${percent(at.bytes / total)}</span>`
            : html`<span>${t.treemap.hint}</span><span class="number">${memory(total)}</span>`
        }
      </p>
      ${this.areas(shown)}
    `;
  }

  private areas(rows: Row[]): TemplateResult {
    const { width } = this;
    const root = hierarchy<Node>(tree(rows, this.byLayer))
      .sum(({ bytes, children }) => (children ? 0 : bytes))
      .sort((left, right) => (right.value ?? 0) - (left.value ?? 0));
    const laid = treemap<Node>()
      .tile(treemapSquarify)
      .size([width, height])
      .paddingInner(1)
      .round(true)(root);
    const words = (root.children ?? [])
      .map(({ data, value }) => `${data.name} ${memory(value ?? 0)}`)
      .join(", ");
    return html`<svg
      class="treemap"
      width=${width}
      height=${height}
      viewBox="0 0 ${width} ${height}"
      role="img"
      aria-label="${t.treemap.heading}: ${words}. ${t.treemap.alternative}"
      @pointerleave=${() => {
        this.at = undefined;
      }}
    >
      ${laid.leaves().map(({ x0, y0, x1, y1, data }) => {
        const wide = x1 - x0;
        const words = y1 - y0 > 24 ? shortened(data.name, (wide - 12) / letter) : "";
        const look = () => {
          this.at = data;
        };
        return svg`<g @pointermove=${look} @pointerdown=${look}>
          <rect class=${data === this.at ? "tile at" : "tile"} x=${x0} y=${y0} width=${wide} height=${y1 - y0}
            fill=${data.group ? fillOf(data.group) : "none"} />
          ${
            words
              ? svg`<rect class="plate" x=${x0 + 3} y=${y0 + 3} width=${words.length * letter + 6} height="18" />
                <text class="label" x=${x0 + 6} y=${y0 + 16}>${words}</text>`
              : nothing
          }
        </g>`;
      })}
    </svg>`;
  }
}

function sum(rows: Row[]): number {
  return rows.reduce((bytes, row) => bytes + row.bytes, 0);
}

/// As much of the end of a name as there is room for: "layers.mlp.down_proj.weight", "down_proj.weight", or nothing.
function shortened(name: string, room: number): string {
  const parts = name.split(".");
  for (let from = 0; from < parts.length; from++) {
    const rest = parts.slice(from).join(".");
    if (rest.length <= room && (from === 0 || parts.length - from > 1)) return rest;
  }
  return "";
}

/// Component, then tensor; or component, then layer, what is in no layer by itself.
function tree(rows: Row[], byLayer: boolean): Node {
  const depth = byLayer ? depthOf(rows) : 0;
  const inLayer = ({ count }: Row) => depth > 1 && count % depth === 0;
  const groups = components
    .map((group): Node => {
      const own = rows.filter((row) => row.group === group);
      const children = own
        .filter((row) => !inLayer(row))
        .map(
          ({ name, count, bytes }): Node => ({
            name: count > 1 ? `${name} × ${whole(count)}` : name,
            group,
            bytes,
          }),
        );
      const each = sum(own.filter(inLayer)) / depth;
      if (each > 0) {
        for (let layer = 1; layer <= depth; layer++) {
          children.push({ name: t.treemap.layer(layer), group, bytes: each });
        }
      }
      return { name: t.component[group], group, bytes: 0, children };
    })
    .filter(({ children }) => children?.length);
  return { name: "", group: undefined, bytes: 0, children: groups };
}

/// How many equal layers there are: so many tensors as most rows have that have several. Rows of as many, or of a
/// multiple (experts), have the same in each layer.
function depthOf(rows: Row[]): number {
  const votes = new Map<number, number>();
  for (const { count } of rows) if (count > 1) votes.set(count, (votes.get(count) ?? 0) + 1);
  return [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best), [1, 0])[0];
}

customElements.define("tl-treemap", Treemap);
