// The changes that help, each a link to the set-up that it leads to.

import { html, type TemplateResult } from "lit";
import type { Answer } from "../contract";
import { gib, unit } from "../format";
import type { Store } from "../store";
import { changeOf } from "../verdict";
import { t } from "../words";
import { Light } from "./light";

export class AdviceView extends Light {
  static override properties = { store: { attribute: false }, answer: { attribute: false } };
  declare store: Store;
  declare answer: Answer;

  protected override render(): TemplateResult {
    const { advice } = this.answer;
    return html`
      <h2 id="advice-heading">${t.advice.heading}</h2>
      <table class="advice" aria-labelledby="advice-heading">
        <thead>
          <tr>
            <th scope="col">${t.advice.change}</th>
            <th scope="col" class="wide">${t.advice.cost}</th>
            <th scope="col" class="number spare">${t.advice.saved}</th>
            <th scope="col" class="number">${t.advice.total}</th>
            <th scope="col"><span class="unseen">${t.advice.verdict}</span></th>
          </tr>
        </thead>
        <tbody>
          ${advice.map(
            (each) => html`<tr>
              <th scope="row">
                <a href=${this.store.href(each.query)} data-change=${each.query}
                  >${changeOf(this.store, each)}</a
                >
              </th>
              <td class="wide">${each.cost}</td>
              <td class="number spare">${each.saved > 0 ? `−${gib(each.saved)}` : "–"}</td>
              <td class="number">${gib(each.total)}<span class="unit"> ${unit()}</span></td>
              <td class=${each.fits ? "outcome" : "outcome over"}>
                ${this.answer.fit ? (each.fits ? t.advice.fits : t.advice.misses) : ""}
              </td>
            </tr>`,
          )}
        </tbody>
      </table>
    `;
  }
}

customElements.define("tl-advice", AdviceView);
