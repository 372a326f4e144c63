// How far to trust the figures: the tool's error against every measurement that it is confronted with. The table is
// written by the tests.

import { html, type TemplateResult } from "lit";
import errors from "../errors.json";
import { percent, whole } from "../format";
import { t } from "../words";
import { Light } from "./light";

export class Trust extends Light {
  protected override render(): TemplateResult {
    const compared = errors.filter(({ figures }) => figures > 0);
    return html`
      <h2 id="trust-heading">${t.trust.heading}</h2>
      <p class="intro">${t.trust.intro}</p>
      <table class="trust" aria-labelledby="trust-heading">
        <thead>
          <tr>
            <th scope="col">${t.trust.measured}</th>
            <th scope="col" class="number wide">${t.trust.figures}</th>
            <th scope="col" class="number wide">${t.trust.exact}</th>
            <th scope="col" class="number">${t.trust.median}</th>
            <th scope="col" class="number wide">${t.trust.p95}</th>
            <th scope="col" class="number">${t.trust.worst}</th>
            <th scope="col" class="number wide">${t.trust.under}</th>
          </tr>
        </thead>
        <tbody>
          ${compared.map(
            (row) => html`<tr>
              <th scope="row">${row.measured}</th>
              <td class="number wide">${whole(row.figures)}</td>
              <td class="number wide">${whole(row.exact)}</td>
              <td class="number">${percent(row.median)}</td>
              <td class="number wide">${percent(row.p95)}</td>
              <td class="number">${percent(row.worst)}</td>
              <td class="number wide">${percent(row.underestimated)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    `;
  }
}

customElements.define("tl-trust", Trust);
