// How far the set-up can go: what can grow until the card is full, how it can be stored, and the smallest cards
// that would hold it. Each answer leads to its set-up.

import { html, nothing, type TemplateResult } from "lit";
import type { Limits as Found } from "tensorledger";
import type { Answer } from "../contract";
import { gib, whole } from "../format";
import { labelOf } from "../schema";
import type { Store } from "../store";
import { t } from "../strings";
import { Later } from "./later";

export class Limits extends Later {
  declare store: Store;
  declare answer: Answer;
  private found: Found | undefined;

  protected override prepare(): void {
    const found = this.store.module.limits(this.store.answered);
    this.found = found.ok ? found : undefined;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { found } = this;
    if (!found) return nothing;
    return html`
      <h2 id="limits-heading">${t.limits.heading}</h2>
      <p class="intro">${t.limits.intro}</p>
      <table class="limits" aria-labelledby="limits-heading">
        <thead>
          <tr>
            <th scope="col">${t.limits.what}</th>
            <th scope="col" class="number">${t.limits.most}</th>
            <th scope="col" class="wide">${t.limits.because}</th>
            <th scope="col" class="number">${t.advice.total}</th>
          </tr>
        </thead>
        <tbody>
          ${found.reaches.map((reach) => this.reach(reach))}
          ${found.storage.map((storage) => this.storage(storage))}
          ${found.cards.map((card) => this.card(card))}
        </tbody>
      </table>
      ${found.cards.length ? nothing : html`<p class="intro">${t.limits.noCard}</p>`}
    `;
  }

  private link(key: string, value: string, words: unknown): TemplateResult {
    const change = `${key}=${encodeURIComponent(value)}`;
    return html`<a href=${this.store.href(change)} data-change=${change}>${words}</a>`;
  }

  private label(key: string): string {
    return this.store.schema.byKey.get(key)?.label ?? key;
  }

  private reach({ key, unit, now, most, bound, device }: Found["reaches"][number]): TemplateResult {
    const same = most === now;
    const figure = html`${whole(most)} <span class="unit">${unit}</span>`;
    return html`<tr>
      <th scope="row">${t.limits.grows(this.label(key))}</th>
      <td class="number">${most === 0 ? t.limits.none : same ? figure : this.link(key, String(most), figure)}</td>
      <td class="wide">${t.limits.bound[bound]}</td>
      <td class="number">${most === 0 ? "" : html`${gib(device)}<span class="unit"> GiB</span>`}</td>
    </tr>`;
  }

  private storage({ key, value, device, fits }: Found["storage"][number]): TemplateResult {
    const field = this.store.schema.byKey.get(key);
    return html`<tr>
      <th scope="row">${this.label(key)}</th>
      <td class="number">${this.link(key, value, field ? labelOf(field, value) : value)}</td>
      <td class=${fits ? "wide" : "wide outcome over"}>${fits ? t.advice.fits : t.advice.misses}</td>
      <td class="number">${gib(device)}<span class="unit"> GiB</span></td>
    </tr>`;
  }

  private card({ id, headroom }: Found["cards"][number]): TemplateResult {
    const card = this.store.module.lists.accelerators.find((entry) => entry.id === id);
    return html`<tr>
      <th scope="row">${t.limits.smallest}</th>
      <td class="number">${this.link("gpu", id, `${card?.name ?? id} ${card?.detail ?? ""}`)}</td>
      <td class="wide">${t.limits.room(gib(headroom))}</td>
      <td class="number"></td>
    </tr>`;
  }
}

customElements.define("tl-limits", Limits);
