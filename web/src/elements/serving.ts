// What somebody who serves a model asks next: the command that starts it so, and what its cache comes to, kind of layer
// by kind of layer.

import { html, nothing, type TemplateResult } from "lit";
import type { Answer } from "../contract";
import { gibColumn, memory, ratio, whole } from "../format";
import { t } from "../words";
import { Light } from "./light";

export class Serving extends Light {
  static override properties = { answer: { attribute: false }, copied: { state: true } };
  declare answer: Answer;
  declare copied: boolean;

  protected override render(): TemplateResult | typeof nothing {
    const { launch, cache, served, devices } = this.answer;
    return html`
      ${launch ? this.launch(launch) : nothing} ${served ? this.served(served) : nothing}
      ${devices.length ? this.devices(devices) : nothing} ${cache ? this.cache(cache) : nothing}
    `;
  }

  private launch(line: string): TemplateResult {
    return html`
      <div class="heading">
        <h2>${t.serving.launch}</h2>
        <button
          type="button"
          class="quiet"
          @click=${() =>
            navigator.clipboard?.writeText(line).then(() => {
              this.copied = true;
              setTimeout(() => {
                this.copied = false;
              }, 2000);
            })}
        >
          ${this.copied ? t.setup.copied : t.serving.copy}
        </button>
      </div>
      <p class="intro">${t.serving.launchIntro}</p>
      <pre class="launch" tabindex="0"><code>${line}</code></pre>
    `;
  }

  /// What the server makes of the card: how much cache, and how many sequences that is.
  private served(served: NonNullable<Answer["served"]>): TemplateResult {
    const figure = (name: string, value: string, hint: string) => html`<div>
      <dt>${name}</dt>
      <dd><span class="number">${value}</span><small>${hint}</small></dd>
    </div>`;
    return html`<dl class="figures">
      ${figure(t.serving.pool, memory(served.pool), t.serving.poolTokens(whole(served.tokens)))}
      ${figure(
        t.serving.atOnce,
        ratio(served.concurrency),
        t.serving.sequences(whole(served.context)),
      )}
      ${figure(t.serving.longest, whole(served.longest), t.serving.tokens)}
    </dl>`;
  }

  /// What the engine plans on each device, in its own names; columns of zeros are left out.
  private devices(devices: Answer["devices"]): TemplateResult {
    const all = [
      ["weights", t.component.weights],
      ["kv_cache", t.component.kv_cache],
      ["state", t.component.state],
      ["compute", t.serving.compute],
      ["output", t.serving.output],
    ] as const;
    const columns = all.filter(([key]) => devices.some((device) => device[key] > 0));
    return html`
      <h2 id="devices-heading">${t.serving.devices}</h2>
      <p class="intro">${t.serving.devicesIntro}</p>
      <div class="scrolling" role="region" tabindex="0" aria-labelledby="devices-heading">
        <table>
          <thead>
            <tr>
              <th scope="col">${t.beside.component}</th>
              ${columns.map(([, name]) => html`<th scope="col" class="number">${name}</th>`)}
              <th scope="col" class="number">${t.beside.total}</th>
            </tr>
          </thead>
          <tbody>
            ${devices.map(
              (device) => html`<tr>
                <th scope="row">${device.name}</th>
                ${columns.map(([key]) => html`<td class="number">${gibColumn(device[key])}</td>`)}
                <td class="number">
                  ${gibColumn(all.reduce((sum, [key]) => sum + device[key], 0))}
                </td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
    `;
  }

  private cache(cache: NonNullable<Answer["cache"]>): TemplateResult {
    const exact = (bytes: number) => (bytes === 0 ? "–" : `${whole(bytes)} ${t.ledger.bytes}`);
    const said = [
      cache.per_token ? t.serving.grows(whole(cache.per_token)) : "",
      cache.capped ? t.serving.capped(memory(cache.capped)) : "",
      cache.state ? t.serving.state(memory(cache.state)) : "",
    ].filter(Boolean);
    return html`
      <h2 id="cache-heading">${t.serving.cache}</h2>
      <p class="intro">${said.join(" ")}</p>
      <div class="scrolling" role="region" tabindex="0" aria-labelledby="cache-heading">
        <table class="cache">
          <thead>
            <tr>
              <th scope="col">${t.serving.kind}</th>
              <th scope="col">${t.ledger.dtype}</th>
              <th scope="col" class="number">${t.serving.perToken}</th>
              <th scope="col" class="number">${t.serving.cappedAt}</th>
              <th scope="col" class="number">${t.serving.constant}</th>
              <th scope="col" class="number">${t.serving.here}</th>
            </tr>
          </thead>
          <tbody>
            ${cache.kinds.map(
              (kind) => html`<tr>
                <th scope="row">
                  ${t.serving.layers(whole(kind.layers), t.layerKind(kind.kind))}<small>${kind.holds}</small>
                </th>
                <td>
                  ${
                    kind.value_dtype && kind.value_dtype !== kind.key_dtype
                      ? `${kind.key_dtype} / ${kind.value_dtype}`
                      : kind.key_dtype
                  }
                </td>
                <td class="number">${exact(kind.per_token)}</td>
                <td class="number">
                  ${kind.window ? html`${exact(kind.capped)}<small>${t.serving.window(whole(kind.window))}</small>` : "–"}
                </td>
                <td class="number">${exact(kind.state)}</td>
                <td class="number">${memory(kind.bytes)}</td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
    `;
  }
}

customElements.define("tl-serving", Serving);
