// The answer to take along: as a table for a chat or a document, a sentence for a bug report, data for a program, or on
// paper.

import { html, type TemplateResult } from "lit";
import { type Answer, components } from "../contract";
import { gibColumn, memory, unit, whole } from "../format";
import type { Store } from "../store";
import { demand, overhead, verdict } from "../verdict";
import { t } from "../words";
import { Light } from "./light";
import { csv, download, text } from "./take";

export class Export extends Light {
  static override properties = {
    store: { attribute: false },
    answer: { attribute: false },
    done: { state: true },
  };
  declare store: Store;
  declare answer: Answer;
  /// What has been copied a moment ago.
  declare done: string;

  protected override render(): TemplateResult {
    const copy = (name: string, words: () => string) => html`<button
      type="button"
      class="quiet"
      @click=${() =>
        navigator.clipboard?.writeText(words()).then(() => {
          this.done = name;
          setTimeout(() => {
            this.done = "";
          }, 2000);
        })}
    >
      ${this.done === name ? t.setup.copied : name}
    </button>`;
    const save = (name: string, file: string, content: () => Blob) => html`<button
      type="button"
      class="quiet"
      @click=${() => download(file, content())}
    >
      ${name}
    </button>`;
    return html`
      <h2>${t.take.heading}</h2>
      <p class="intro">${t.take.intro}</p>
      <ul class="takes">
        <li>
          <span>${t.take.copy}</span>
          ${copy(t.take.sentence, () => this.sentence())}
          ${copy(t.take.markdown, () => this.markdown())}
          ${copy(t.take.link, () => this.address())}
        </li>
        <li>
          <span>${t.take.save}</span>
          ${save("JSON", "tensorledger.json", () =>
            text(`${JSON.stringify(this.answer, null, 2)}\n`, "application/json"),
          )}
          ${save("CSV", "tensorledger.csv", () => text(this.rows(), "text/csv"))}
          <button type="button" class="quiet" @click=${() => window.print()}>${t.take.print}</button>
        </li>
      </ul>
    `;
  }

  private address(): string {
    return window.location.href;
  }

  private headline(): string {
    return verdict(this.store, this.answer).join("").replaceAll("\u00a0", " ");
  }

  /// One line that says what was asked, what the answer is, and by which version.
  private sentence(): string {
    const { totals, version, query, fit } = this.answer;
    const exact = (name: string, bytes: number) => `${name} ${whole(bytes)} B`;
    return `${t.name} ${version}: ${this.store.model}: ${this.headline()} ${[
      exact(t.totals.allocated, totals.allocated),
      exact(t.totals.reserved, totals.reserved),
      exact(t.totals.device, totals.device),
      exact(t.take.usable, fit.available),
    ].join(", ")}. ${t.take.setUp}: ${query || t.take.defaults}. ${this.address()}`;
  }

  private markdown(): string {
    const { answer } = this;
    const lines = components
      .filter((name) => answer.bytes[name] > 0)
      .map((name) => [t.component[name], answer.bytes[name]] as const);
    const beyond = overhead(answer);
    const all = beyond > 0 ? [...lines, [t.overhead, beyond] as const] : lines;
    return [
      `**${this.store.model}: ${this.headline()}**`,
      "",
      `| | ${unit()} |`,
      "|---|---:|",
      ...all.map(([name, bytes]) => `| ${name} | ${gibColumn(bytes)} |`),
      `| **${t.beside.total}** | **${gibColumn(demand(answer))}** |`,
      "",
      `${memory(answer.fit.available)} ${t.take.usable}. [${t.name} ${answer.version}](${this.address()})`,
      "",
    ].join("\n");
  }

  private rows(): string {
    return csv([
      ["component", "tensor", "count", "shape", "dtype", "bytes", "formula", "alive", "source"],
      ...this.answer.rows.map((row) => [
        row.group,
        row.name,
        row.count,
        row.shape,
        row.dtype,
        row.bytes,
        row.formula,
        row.alive,
        row.source,
      ]),
      ...(this.answer.beside ?? []).map((row) => [
        row.within,
        row.name,
        1,
        "",
        "",
        row.bytes,
        "",
        "",
        row.source,
      ]),
    ]);
  }
}

customElements.define("tl-export", Export);
