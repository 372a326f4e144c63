// Two set-ups side by side: what differs between them, and what that does to every component.

import { html, nothing, type TemplateResult } from "lit";
import { type Answer, components } from "../contract";
import { gibColumn } from "../format";
import { applies, currentOf, labelOf } from "../schema";
import type { Kept, Store } from "../store";
import { t } from "../strings";
import { demand, overhead } from "../verdict";
import { Light } from "./light";
import { swatch } from "./patterns";

export class Beside extends Light {
  static override properties = {
    store: { attribute: false },
    answer: { attribute: false },
    kept: { attribute: false },
  };
  declare store: Store;
  declare answer: Answer;
  declare kept: Kept;

  protected override render(): TemplateResult {
    const { answer, kept } = this;
    const rows = components.filter((name) => answer.bytes[name] > 0 || kept.answer.bytes[name] > 0);
    return html`
      <div class="heading">
        <h2 id="beside-heading">${t.beside.heading}</h2>
        <span class="buttons">
          <button type="button" class="quiet" @click=${() => this.store.swap()}>
            ${t.beside.swap}
          </button>
          <button type="button" class="quiet" @click=${() => this.store.keep(false)}>
            ${t.beside.end}
          </button>
        </span>
      </div>
      ${this.differences()}
      <table class="beside" aria-labelledby="beside-heading">
        <thead>
          <tr>
            <th scope="col">${t.beside.component}</th>
            <th scope="col" class="number">${t.beside.kept}</th>
            <th scope="col" class="number">${t.beside.now}</th>
            <th scope="col" class="number">${t.beside.difference}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map((name) =>
            line(
              html`${swatch(name)}${t.component[name]}`,
              kept.answer.bytes[name],
              answer.bytes[name],
            ),
          )}
          ${
            overhead(answer) || overhead(kept.answer)
              ? line(
                  html`<span class="swatch overhead"></span>${t.overhead}`,
                  overhead(kept.answer),
                  overhead(answer),
                )
              : nothing
          }
        </tbody>
        <tfoot>
          ${line(t.beside.total, demand(kept.answer), demand(answer))}
        </tfoot>
      </table>
    `;
  }

  private differences(): TemplateResult {
    const { schema, answered } = this.store;
    const before = this.kept.setUp;
    const words = schema.fields
      .filter(
        (field) =>
          (applies(schema, field, before.values) || applies(schema, field, answered.values)) &&
          currentOf(field, before.values) !== currentOf(field, answered.values),
      )
      .map((field) => {
        const show = (text: string) => (text === "" ? field.automatic : labelOf(field, text));
        return html`<li>
          ${field.label}: ${show(currentOf(field, before.values))} →
          ${show(currentOf(field, answered.values))}
        </li>`;
      });
    const files = before.config === answered.config ? nothing : html`<li>${t.beside.config}</li>`;
    return words.length || files !== nothing
      ? html`<ul class="differences">
          ${words}${files}
        </ul>`
      : html`<p class="intro">${t.beside.same}</p>`;
  }
}

function line(name: unknown, before: number, now: number): TemplateResult {
  const sign = now > before ? "+" : "";
  return html`<tr>
    <th scope="row">${name}</th>
    <td class="number">${gibColumn(before)}</td>
    <td class="number">${gibColumn(now)}</td>
    <td class="number">${sign}${gibColumn(now - before)}</td>
  </tr>`;
}

customElements.define("tl-beside", Beside);
