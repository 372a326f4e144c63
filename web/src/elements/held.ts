// What the files that the reader has dropped hold: tensors and bytes as stored, what is missing, and what can be asked
// of them.

import { html, nothing, type TemplateResult } from "lit";
import type { Weights } from "tensorledger";
import type { Found } from "../files";
import { gibColumn, memory, parameters, unit, whole } from "../format";
import type { Store } from "../store";
import { t } from "../words";
import { Light } from "./light";

/// So many tensors are listed; the rest are together in one line.
const mostRows = 200;

export class Held extends Light {
  static override properties = { store: { attribute: false }, found: { attribute: false } };
  declare store: Store;
  declare found: Found;

  protected override render(): TemplateResult {
    const { answer, name, size, read } = this.found;
    return html`
      <div class="heading">
        <h2 id="held-heading">${t.files.heading}</h2>
        <button type="button" class="quiet" @click=${() => this.store.hold(undefined)}>
          ${t.files.close}
        </button>
      </div>
      <p class="intro">
        ${name ? t.files.read(name, whole(read), whole(size), size > read) : ""}
      </p>
      ${
        answer.ok
          ? this.held(answer)
          : html`<ul class="error">
              ${answer.issues.map(({ message }) => html`<li>${message}</li>`)}
            </ul>`
      }
    `;
  }

  private held(answer: Weights): TemplateResult {
    const { params, bytes, tensors, files, notes } = answer;
    const count = tensors.reduce((sum, each) => sum + each.count, 0);
    return html`
      <dl class="figures">
        ${
          bytes > 0
            ? html`<div>
                <dt>${t.files.stored}</dt>
                <dd><span class="number">${memory(bytes)}</span><small>${whole(bytes)} ${t.ledger.bytes}</small></dd>
              </div>`
            : nothing
        }
        ${
          params.total > 0
            ? html`<div>
                <dt>${t.totals.parameters}</dt>
                <dd>
                  <span class="number">${parameters(params.total)}</span><small>${whole(params.total)}</small>
                </dd>
              </div>`
            : nothing
        }
        ${
          count > 0
            ? html`<div>
                <dt>${t.files.tensors}</dt>
                <dd><span class="number">${whole(count)}</span></dd>
              </div>`
            : nothing
        }
      </dl>
      ${
        answer.config
          ? html`<p class="because">${t.files.used}</p>`
          : html`<p class="because">${files ? t.files.dropShards(files.length) : t.files.dropConfig}</p>`
      }
      ${notes.map(({ message }) => html`<p class="because">${message}</p>`)}
      ${
        files
          ? html`<details>
              <summary>${t.files.named(files.length)}</summary>
              <ul class="names">${files.map((file) => html`<li>${file}</li>`)}</ul>
            </details>`
          : nothing
      }
      ${tensors.length ? this.table(tensors) : nothing}
    `;
  }

  private table(tensors: Weights["tensors"]): TemplateResult {
    const shown = [...tensors].sort((left, right) => right.bytes - left.bytes);
    const rest = shown.splice(mostRows);
    return html`<details ?open=${tensors.length <= 30}>
      <summary>${t.files.list}</summary>
      <table aria-labelledby="held-heading">
        <thead>
          <tr>
            <th scope="col">${t.ledger.name}</th>
            <th scope="col" class="wide">${t.ledger.shape}</th>
            <th scope="col">${t.ledger.dtype}</th>
            <th scope="col" class="number">${unit()}</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            ({ name, count, shape, dtype, bytes }) => html`<tr>
              <th scope="row" class="long">${name}${count > 1 ? html` <small>× ${whole(count)}</small>` : nothing}</th>
              <td class="wide">${shape}</td>
              <td>${dtype}</td>
              <td class="number">${gibColumn(bytes)}</td>
            </tr>`,
          )}
          ${
            rest.length
              ? html`<tr>
                  <th scope="row">${t.beside.rest(rest.length)}</th>
                  <td class="wide"></td>
                  <td></td>
                  <td class="number">${gibColumn(rest.reduce((sum, { bytes }) => sum + bytes, 0))}</td>
                </tr>`
              : nothing
          }
        </tbody>
      </table>
    </details>`;
  }
}

customElements.define("tl-held", Held);
