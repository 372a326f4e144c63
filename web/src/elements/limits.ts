// How far the set-up can go: what can grow until the card is full, how it can be stored, and the smallest cards
// that would hold it. Each answer leads to its set-up.

import { html, nothing, type TemplateResult } from "lit";
import type { Limits as Found } from "tensorledger";
import type { Answer } from "../contract";
import { gib, memory, whole } from "../format";
import { questionsTo } from "../questions";
import { fieldOfList, labelOf } from "../schema";
import type { Store } from "../store";
import { t } from "../words";
import { Later } from "./later";

export class Limits extends Later {
  declare store: Store;
  declare answer: Answer;
  private found: Found | undefined;

  protected override async prepare(wanted: () => boolean): Promise<void> {
    const { module, answered } = this.store;
    const found = await questionsTo(module).limits(answered);
    if (wanted()) this.found = found.ok ? found : undefined;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { found } = this;
    if (!found) return nothing;
    const kinds = [...new Set(found.storage.map(({ key }) => key))];
    return html`
      <h2 id="limits-heading">${t.limits.heading}</h2>
      <p class="intro">${t.limits.intro}</p>
      <dl class="limits">
        ${found.reaches.map((reach) => this.reach(reach))}
        ${kinds.map((key) => this.storage(key, found))}
        ${
          found.fewest_gpus > 1
            ? html`<div>
                <dt>${t.limits.devices}</dt>
                <dd>${t.limits.ofThisCard(whole(found.fewest_gpus))}</dd>
              </div>`
            : nothing
        }
        <div>
          <dt>${t.limits.cards}</dt>
          <dd>
            ${
              found.cards.length
                ? html`<ul>
                    ${found.cards.map((card) => this.card(card))}
                  </ul>`
                : t.limits.noCard
            }
          </dd>
        </div>
      </dl>
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
    const figure = html`${whole(most)} ${unit}`;
    const words =
      most === 0
        ? t.limits.none
        : html`${t.limits.upTo} ${most === now ? figure : this.link(key, String(most), figure)}:
          <span class="number">${memory(device)}</span>. <small>${t.limits.bound[bound]}</small>`;
    return html`<div>
      <dt>${this.label(key)}</dt>
      <dd>${words}</dd>
    </div>`;
  }

  /// The ways to store the weights or the cache, the largest first.
  private storage(key: string, found: Found): TemplateResult {
    const field = this.store.schema.byKey.get(key);
    return html`<div>
      <dt>${this.label(key)}</dt>
      <dd>
        <ul>
          ${found.storage
            .filter((row) => row.key === key)
            .map(
              ({ value, device, fits }) => html`<li>
                ${this.link(key, value, field ? labelOf(field, value) : value)}
                <span class="number">${memory(device)}</span>
                ${fits ? nothing : html`<span class="outcome over">${t.advice.misses}</span>`}
              </li>`,
            )}
        </ul>
      </dd>
    </div>`;
  }

  private card({ id, headroom }: Found["cards"][number]): TemplateResult {
    const { schema, module } = this.store;
    const key = fieldOfList(schema, "accelerators")?.key;
    const card = module.lists.accelerators.find((entry) => entry.id === id);
    return html`<li>
      ${key ? this.link(key, id, card?.name ?? id) : (card?.name ?? id)} <small>${t.limits.room(gib(headroom))}</small>
    </li>`;
  }
}

customElements.define("tl-limits", Limits);
