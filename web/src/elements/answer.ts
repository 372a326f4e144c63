// The answer in words, the bar, and the figures under it.

import { html, nothing, type TemplateResult } from "lit";
import { type Answer, components, type Issue } from "../contract";
import { gib, parameters, unit, whole } from "../format";
import { type Kept, mostKept, type Store } from "../store";
import { t } from "../strings";
import { changeOf, overhead, verdict } from "../verdict";
import "./bar";
import { Light } from "./light";
import { swatch } from "./patterns";

export class AnswerView extends Light {
  static override properties = {
    store: { attribute: false },
    answer: { attribute: false },
    issues: { attribute: false },
    kept: { attribute: false },
  };
  declare store: Store;
  declare answer: Answer | undefined;
  declare issues: readonly Issue[];
  declare kept: readonly Kept[];

  constructor() {
    super();
    this.kept = [];
  }

  protected override render(): TemplateResult {
    const { answer, issues } = this;
    const stale = issues.length > 0;
    return html`
      ${stale || !answer ? this.refusal(answer !== undefined) : nothing}
      ${
        answer
          ? html`<div class=${stale ? "stale" : ""}>
              ${this.words(answer)}
              <tl-bar .answer=${answer}></tl-bar>
              ${this.legend(answer)} ${this.figures(answer)}
            </div>`
          : nothing
      }
      ${answer?.notes.length ? this.notes(answer) : nothing}
    `;
  }

  private refusal(stale: boolean): TemplateResult {
    return html`<div class="refusal" role="status">
      ${stale ? html`<p>${t.answer.stale}</p>` : html`<h1>${t.answer.refused}</h1>`}
      <ul>
        ${this.issues.map(({ message }) => html`<li>${message}</li>`)}
      </ul>
    </div>`;
  }

  private words(answer: Answer): TemplateResult {
    const [figure, place, outcome, card] = verdict(this.store, answer);
    const { fit } = answer;
    const best = fit.fits
      ? undefined
      : (answer.advice.find(({ fits }) => fits) ?? answer.advice[0]);
    return html`
      <h1 class="verdict" elementtiming="answer">
        <span class="figure">${figure}</span>${place}<span
          class=${!fit.fits ? "outcome over" : "outcome"}
          >${outcome}</span
        >${card}
      </h1>
      <p class=${fit.fits ? "lead" : "lead short"}>
        ${
          fit.fits
            ? t.answer.spare(gib(fit.headroom), gib(fit.available))
            : t.answer.short(gib(-fit.headroom), gib(fit.available))
        }
        ${
          best
            ? html`<a href=${this.store.href(best.query)} data-change=${best.query}
                >${t.answer.remedy(changeOf(this.store, best), gib(best.total), best.fits)}</a
              >`
            : nothing
        }
      </p>
    `;
  }

  private legend(answer: Answer): TemplateResult {
    const beyond = overhead(answer);
    return html`<ul class="legend">
      ${components
        .filter((component) => answer.bytes[component] > 0)
        .map(
          (component) => html`<li>
            ${swatch(component)}<span class="term">${t.component[component]}</span
            ><span class="number">${gib(answer.bytes[component])}<span class="unit"> ${unit()}</span></span>
          </li>`,
        )}
      ${
        beyond > 0
          ? html`<li>
              <span class="swatch overhead"></span><span class="term">${t.overhead}</span
              ><span class="number">${gib(beyond)}<span class="unit"> ${unit()}</span></span>
            </li>`
          : nothing
      }
    </ul>`;
  }

  private figures(answer: Answer): TemplateResult {
    const { totals, params } = answer;
    const figure = (bytes: number, name: string, hint: string) =>
      bytes > 0
        ? html`<div>
            <dt>${name}</dt>
            <dd><span class="number">${gib(bytes)} ${unit()}</span><small>${hint}</small></dd>
          </div>`
        : nothing;
    const use =
      params.active < params.total
        ? t.totals.active(parameters(params.active))
        : params.trainable === params.total
          ? t.totals.allTrained
          : params.trainable > 0
            ? t.totals.trainable(parameters(params.trainable))
            : "";
    return html`<div class="under">
      <dl class="figures">
      ${figure(totals.allocated, t.totals.allocated, t.totals.allocatedHint)}
      ${figure(totals.reserved, t.totals.reserved, t.totals.reservedHint)}
      ${figure(totals.device, t.totals.device, t.totals.deviceHint)}
      <div>
        <dt>${t.totals.parameters}</dt>
        <dd>
          <span class="number" title=${whole(params.total)}>${parameters(params.total)}</span
          ><small>${use}</small>
        </dd>
      </div>
    </dl>
      ${
        this.kept.length >= mostKept
          ? nothing
          : html`<button type="button" class="quiet" @click=${() => this.store.keep()}>
              ${this.kept.length ? t.answer.keepToo : t.answer.keep}
            </button>`
      }
    </div>`;
  }

  private notes(answer: Answer): TemplateResult {
    return html`<aside class="notes" aria-label=${t.notes}>
      ${answer.notes.map(({ message }) => html`<p>${withNames(message)}</p>`)}
    </aside>`;
  }
}

/// A sentence of the module, its `names` set as such.
function withNames(message: string): unknown[] {
  return message.split("`").map((part, index) => (index % 2 ? html`<code>${part}</code>` : part));
}

customElements.define("tl-answer", AnswerView);
