// What the charts share: a frame with the unit on the left, hairlines at round values, and the card's capacity.

import type { ScaleLinear } from "d3-scale";
import { nothing, type SVGTemplateResult, svg } from "lit";
import { unit, unitBytes } from "../format";

export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/// Round values of a scale whose domain is in bytes: round in the unit, that is.
export function ticksOf(scale: ScaleLinear<number, number>, count: number): number[] {
  const [from = 0, to = 1] = scale.domain();
  return scale
    .copy()
    .domain([from / unitBytes(), to / unitBytes()])
    .ticks(count)
    .map((value) => value * unitBytes());
}

export function levels(scale: ScaleLinear<number, number>, frame: Frame): SVGTemplateResult {
  return svg`<g class="axis" aria-hidden="true">
    ${ticksOf(scale, 5).map((value) => {
      const y = Math.round(scale(value)) + 0.5;
      return svg`<path class="rule" d="M${frame.left} ${y}H${frame.right}" />
        <text x=${frame.left - 8} y=${y + 4} text-anchor="end">${Number((value / unitBytes()).toPrecision(6))}</text>`;
    })}
    <text class="unit" x=${frame.left - 8} y=${frame.top - 12} text-anchor="end">${unit()}</text>
  </g>`;
}

/// The capacity line, or nothing where it lies above the frame.
export function capacityLine(
  scale: ScaleLinear<number, number>,
  frame: Frame,
  available: number | undefined,
  words: string,
): SVGTemplateResult | typeof nothing {
  const [, most = 0] = scale.domain();
  if (!available || available > most) return nothing;
  const y = Math.round(scale(available)) + 0.5;
  return svg`<path class="capacity" d="M${frame.left} ${y}H${frame.right}" />
    <text class="label capacity" x=${frame.right - 4} y=${y - 6} text-anchor="end">${words}</text>`;
}
