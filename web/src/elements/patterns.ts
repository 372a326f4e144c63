// A component has one colour and one pattern, wherever it is drawn: bar, timeline, ledger.

import { html, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import type { Component } from "../contract";

/// What is drawn over a component's colour, in a tile of 8 by 8.
const marks: Record<Component, string> = {
  weights: "",
  gradients: "M-2 2 2-2M-2 10 10-2M6 10 10 6",
  optimizer: "M0 2H8M0 6H8",
  activations: "M2 2h.01M6 6h.01",
  logits: "M0 4H8M4 0V8",
  kv_cache: "M2 0V8M6 0V8",
  state: "M-2 6 2 10M-2-2 10 10M6-2 10 2",
  buffers: "M0 2 2 6 4 2 6 6 8 2",
};

const tiles = Object.entries(marks).map(
  ([name, path]): SVGTemplateResult => svg`
    <pattern id="fill-${name}" width="8" height="8" patternUnits="userSpaceOnUse">
      <rect class="tone ${name}" width="8" height="8" />
      <path class="mark ${name}" d=${path} />
    </pattern>`,
);

/// The definitions, once in the page.
export const patterns: TemplateResult = html`
  <svg class="patterns" width="0" height="0" aria-hidden="true" focusable="false">
    <defs>${tiles}</defs>
  </svg>
`;

export function fillOf(component: Component): string {
  return `url(#fill-${component})`;
}

export function swatch(component: Component): TemplateResult {
  return html`<svg class="swatch" width="14" height="14" aria-hidden="true" focusable="false">
    <rect width="14" height="14" fill=${fillOf(component)} />
  </svg>`;
}
