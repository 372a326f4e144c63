// <tensor-ledger query="model=…&gpu=…">: the answer to one set-up, for other people's pages. Importing this file
// registers nothing; define.ts does.

import {
  html,
  LitElement,
  nothing,
  type PropertyValues,
  type TemplateResult,
  unsafeCSS,
} from "lit";
import { components } from "../contract";
import "../elements/bar";
import { patterns, swatch } from "../elements/patterns";
import { type Engine, start } from "../engine";
import { gib, unit } from "../format";
import { queryOf, valuesOf } from "../link";
import { t } from "../strings";
import answerStyle from "../style/answer.css?inline";
import baseStyle from "../style/base.css?inline";
import { overhead, verdict } from "../verdict";
import embedStyle from "./element.css?inline";

type Found = Awaited<ReturnType<Engine["first"]>>;

/// Every element of a page asks the same module, which is read once.
let started: Promise<Engine> | undefined;

/// The page's style sheet, for the inside of an element.
function inside(style: string): string {
  return style.replace(/:root\[([^\]]*)\]/g, ":host([$1])").replaceAll(":root", ":host");
}

/**
 * Attributes: `query`, a set-up as in the address of the page; `data-theme`, "light" or "dark" where the page does not
 * follow the reader's preference; `page`, where the whole tool is (default: beside this file).
 * Event: `tensorledger-answer`, with the answer or the refusal as its `detail`.
 * Until there is an answer, and where there can be none, the element shows what it contains.
 */
export class TensorLedger extends LitElement {
  static override properties = {
    query: { type: String },
    page: { type: String },
    module: { state: true },
    found: { state: true },
    failed: { state: true },
  };
  static override styles = [baseStyle, answerStyle, embedStyle].map((style) =>
    unsafeCSS(inside(style)),
  );
  declare query: string;
  declare page: string | undefined;
  declare module: Engine | undefined;
  declare failed: boolean;
  declare found: Found | undefined;

  constructor() {
    super();
    this.query = "";
    this.failed = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    started ??= start();
    started.then(
      (ready) => {
        this.module = ready;
      },
      () => {
        started = undefined;
        this.failed = true;
      },
    );
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (this.module && (changed.has("query") || changed.has("module"))) void this.ask(this.module);
  }

  private async ask(module: Engine): Promise<void> {
    const { query } = this;
    const found = await module.first({ values: valuesOf(query) });
    if (query !== this.query) return; // another question has been asked since
    this.found = found;
    await this.updateComplete;
    this.dispatchEvent(
      new CustomEvent("tensorledger-answer", { detail: found, bubbles: true, composed: true }),
    );
  }

  protected override render(): TemplateResult {
    const { found, module } = this;
    if (!module || !found) return html`<slot></slot>`;
    if (!found.ok) {
      return html`<slot></slot>
        <ul class="refusal">
          ${found.issues.map(({ message }) => html`<li>${message}</li>`)}
        </ul>`;
    }
    const answer = found;
    const [figure, place, outcome, card] = verdict({ module }, answer);
    const beyond = overhead(answer);
    return html`
      ${patterns}
      <p class="verdict">
        <span class="figure">${figure}</span>${place}<span
          class=${answer.fit.fits ? "outcome" : "outcome over"}
          >${outcome}</span
        >${card}
      </p>
      <tl-bar .answer=${answer}></tl-bar>
      <ul class="legend">
        ${components
          .filter((component) => answer.bytes[component] > 0)
          .map(
            (component) => html`<li>
              ${swatch(component)}<span class="term">${t.component[component]}</span
              ><span class="number">${gib(answer.bytes[component])} ${unit()}</span>
            </li>`,
          )}
        ${
          beyond > 0
            ? html`<li>
                <span class="swatch overhead"></span><span class="term">${t.overhead}</span
                ><span class="number">${gib(beyond)} ${unit()}</span>
              </li>`
            : nothing
        }
      </ul>
      <p class="whole"><a href=${this.address(module)}>${t.embed.open}</a></p>
    `;
  }

  private address(module: Engine): string {
    const here = import.meta.url;
    const page = new URL(this.page ?? "..", this.page ? document.baseURI : here);
    page.search = queryOf(module.schema, valuesOf(this.query));
    return page.href;
  }
}
