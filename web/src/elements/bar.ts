// The peak as one bar, component after component, and the card's capacity as a line that it does or
// does not cross.

import { html, nothing, svg, type TemplateResult } from "lit";
import { type Answer, components } from "../contract";
import { gib, unit } from "../format";
import { t } from "../strings";
import { demand } from "../verdict";
import { define, Figure } from "./light";
import { fillOf } from "./patterns";

const top = 30;
const thickness = 56;
const height = top + thickness + 34;

export class Bar extends Figure {
  static override properties = { ...Figure.properties, answer: { attribute: false } };
  declare answer: Answer;

  protected override render(): TemplateResult {
    const { answer, width } = this;
    const total = demand(answer);
    const capacity = answer.fit.available ?? 0;
    const scale = (bytes: number) => (bytes / (Math.max(total, capacity) * 1.001)) * width;
    let at = 0;
    const segments = components
      .map((component) => ({ component, bytes: answer.bytes[component] }))
      .filter(({ bytes }) => bytes > 0)
      .map((segment) => {
        const start = at;
        at += segment.bytes;
        return { ...segment, start };
      });
    const beyond = total - at;
    const line = scale(capacity);
    const end = scale(total);
    const words = answer.fit
      ? answer.fit.fits
        ? t.bar.free(gib(answer.fit.headroom))
        : t.bar.over(gib(-answer.fit.headroom))
      : "";
    const early = line < width / 2;
    const middle = (end + line) / 2;
    const half = words.length * 3.7;
    return html`
      <svg
        class="bar"
        width=${width}
        height=${height}
        viewBox="0 0 ${width} ${height}"
        role="img"
        aria-label="${t.bar.label}: ${segments
          .map(({ component, bytes }) => `${t.component[component]} ${gib(bytes)} ${unit()}`)
          .join(", ")}. ${capacity ? t.bar.usable(gib(capacity)) : ""}"
      >
        ${
          capacity
            ? svg`<rect class="room" x="0" y=${top} width=${line} height=${thickness} />`
            : nothing
        }
        ${segments.map(
          ({ component, bytes, start }) => svg`
            <rect class="segment" x=${scale(start)} y=${top} width=${scale(bytes)} height=${thickness}
              fill=${fillOf(component)}>
              <title>${t.component[component]}: ${gib(bytes)} ${unit()}</title>
            </rect>`,
        )}
        ${
          beyond > 0
            ? svg`<rect class="overhead" x=${scale(at)} y=${top + 0.5} width=${scale(beyond)}
                height=${thickness - 1}><title>${t.overhead}: ${gib(beyond)} ${unit()}</title></rect>`
            : nothing
        }
        ${
          answer.fit
            ? svg`
              <path class="capacity" d="M${line} 4V${top + thickness + 8}" />
              <text class="label capacity" x=${early ? line + 7 : line - 7} y="15"
                text-anchor=${early ? "start" : "end"}>${t.bar.usable(gib(capacity))}</text>
              <path class=${answer.fit.fits ? "bracket" : "bracket over"}
                d="M${Math.min(line, end) + 1} ${top + thickness + 8}v5H${Math.max(line, end) - 1}v-5" />
              <text class=${answer.fit.fits ? "label" : "label over"} y=${height - 4}
                x=${Math.min(Math.max(middle, half), width - half)} text-anchor="middle">${words}</text>`
            : nothing
        }
      </svg>
    `;
  }
}

define("tl-bar", Bar);
