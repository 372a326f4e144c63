// The page: masthead, answer, set-up, and what explains the answer.

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Answer } from "../contract";
import { start } from "../engine";
import { unit } from "../format";
import { isFramed } from "../link";
import { Store } from "../store";
import { t } from "../strings";
import "./answer";
import { verdict } from "../verdict";
import { Light } from "./light";
import { patterns } from "./patterns";
import "./theme";

export class App extends Light {
  static override properties = {
    store: { state: true },
    failure: { state: true },
    announcement: { state: true },
    whole: { state: true },
    away: { state: true },
    newer: { state: true },
  };
  declare store: Store | undefined;
  declare failure: string;
  /// What a screen reader hears after a change, once the reader has paused.
  declare announcement: string;
  /// Is all of the page there, or the answer alone?
  declare whole: boolean;
  /// Is the answer out of sight?
  declare away: boolean;
  /// Takes over a newer version of the site, once one waits.
  declare newer: (() => void) | undefined;
  private pause = 0;

  constructor() {
    super();
    this.failure = "";
    this.announcement = "";
    this.whole = false;
    this.away = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("click", this.follow);
    void this.begin();
  }

  private async begin(): Promise<void> {
    try {
      const store = new Store(await start());
      store.addEventListener("change", () => this.changed());
      await store.start();
      this.store = store;
      performance.mark("answer");
      // The answer is painted before anything else is made.
      await painted();
      if (isFramed(window.location.search)) return;
      await Promise.all([import("./whole"), store.complete()]);
      this.whole = true;
      await painted();
      await import("./charts");
      const { keepOffline } = await import("../offline");
      await keepOffline((take) => {
        this.newer = take;
      });
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  private changed(): void {
    this.requestUpdate();
    clearTimeout(this.pause);
    this.pause = window.setTimeout(() => this.announce(), 600);
  }

  private announce(): void {
    const { store } = this;
    if (!store?.answer) return;
    this.announcement = store.issues.length
      ? store.issues.map(({ message }) => message).join(" ")
      : verdict(store, store.answer).join("");
  }

  /// A link that changes the set-up does it in place, and one to a part of the page leaves the address alone;
  /// with a modifier key they are links like any other.
  private follow(event: MouseEvent): void {
    const link = (event.target as Element).closest<HTMLAnchorElement>(
      "a[data-change], a[href^='#']",
    );
    if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    const { change } = link.dataset;
    if (change !== undefined) this.store?.apply(change);
    const target = document.getElementById(change === undefined ? link.hash.slice(1) : "answer");
    target?.scrollIntoView();
    if (change === undefined) target?.focus({ preventScroll: true });
  }

  protected override updated(_changed: PropertyValues): void {
    const answer = this.store?.answer;
    if (!this.store || !answer) return;
    document.title = `${verdict(this.store, answer).join("").replace(/\.$/, "")} · ${this.store.model} · ${t.name}`;
  }

  protected override firstUpdated(): void {
    const watch = this.querySelector("#answer");
    if (!watch) return;
    new IntersectionObserver(([entry]) => {
      this.away = entry !== undefined && !entry.isIntersecting;
    }).observe(watch);
  }

  /// In a frame: the answer alone, and the way to the whole page.
  private framed(store: Store | undefined): TemplateResult {
    return html`
      ${patterns}
      <main class="framed">
        <section id="answer" class="answer" aria-label=${t.answer.heading}>
          ${
            store
              ? html`<tl-answer .store=${store} .answer=${store.answer} .issues=${store.issues} .kept=${store.kept}>
                </tl-answer>
                <p class="whole"><a href=${store.href("")} target="_blank">${t.embed.open}</a></p>`
              : html`<p class="working">${this.failure ? t.broken : t.working}</p>`
          }
        </section>
      </main>
    `;
  }

  protected override render(): TemplateResult {
    const { store } = this;
    if (isFramed(window.location.search)) return this.framed(store);
    const answer = store?.answer;
    const stale = store !== undefined && store.issues.length > 0;
    return html`
      ${patterns}
      <a class="skip" href="#setup">${t.skip}</a>
      <header class="mast">
        <p class="name">${t.name}</p>
        <p class="tagline">${t.tagline}</p>
        ${
          this.newer
            ? html`<p class="newer">
                ${t.newer} <button type="button" class="quiet" @click=${this.newer}>${t.reload}</button>
              </p>`
            : nothing
        }
        <span class="buttons">
          ${
            store
              ? html`<button
                  type="button"
                  class="quiet"
                  aria-pressed=${unit() === "GB"}
                  title=${t.units.hint}
                  @click=${() => store.measure(unit() === "GB" ? "GiB" : "GB")}
                >
                  ${t.units.gb}
                </button>`
              : nothing
          }
          <tl-theme></tl-theme>
        </span>
      </header>
      <main>
        <section id="answer" class="answer" tabindex="-1" aria-label=${t.answer.heading}>
          ${
            store
              ? html`<tl-answer .store=${store} .answer=${answer} .issues=${store.issues} .kept=${store.kept}>
                </tl-answer>`
              : html`<p class="working">${this.failure ? t.broken : t.working}</p>`
          }
        </section>
        <section id="setup" class="setup" aria-labelledby="setup-heading" tabindex="-1">
          ${store && this.whole ? html`<tl-setup .store=${store} .setUp=${store.setUp}></tl-setup>` : nothing}
        </section>
        ${store && answer && this.whole ? this.explanation(store, answer, stale) : nothing}
        ${store && answer ? this.strip(store, answer, stale) : nothing}
      </main>
      <footer>
        <p>${t.footer}${answer ? html` <span class="version">${t.version(answer.version)}</span>` : nothing}</p>
      </footer>
      <p class="unseen" role="status" aria-live="polite">${this.announcement}</p>
    `;
  }

  private explanation(store: Store, answer: Answer, stale: boolean): TemplateResult {
    return html`<div class="explanation ${stale ? "stale" : ""}">
      ${
        store.held
          ? html`<section id="held" tabindex="-1">
              <tl-held .store=${store} .found=${store.held}></tl-held>
            </section>`
          : nothing
      }
      ${
        store.kept.length
          ? html`<section id="beside" tabindex="-1">
              <tl-beside .store=${store} .answer=${answer} .kept=${store.kept}></tl-beside>
            </section>`
          : nothing
      }
      ${
        answer.advice.length
          ? html`<section>
              <tl-advice .store=${store} .answer=${answer}></tl-advice>
            </section>`
          : nothing
      }
      ${
        answer.timeline.length || answer.phases.length
          ? html`<section class=${answer.timeline.length ? "timeline drawn" : "timeline"}>
              <tl-timeline .answer=${answer}></tl-timeline>
            </section>`
          : nothing
      }
      ${
        answer.launch || answer.cache || answer.served || answer.devices.length
          ? html`<section>
              <tl-serving .answer=${answer}></tl-serving>
            </section>`
          : nothing
      }
      <section>
        <tl-limits .answer=${answer} .store=${store}></tl-limits>
      </section>
      <section class="sweep">
        <tl-sweep .answer=${answer} .store=${store}></tl-sweep>
      </section>
      <section>
        <tl-fits .answer=${answer} .store=${store}></tl-fits>
        <tl-map .answer=${answer} .store=${store}></tl-map>
      </section>
      <section>
        <tl-ledger .answer=${answer} .store=${store}></tl-ledger>
        <tl-treemap .answer=${answer}></tl-treemap>
      </section>
      ${
        answer.saved.layers.length
          ? html`<section>
              <tl-kept .answer=${answer}></tl-kept>
            </section>`
          : nothing
      }
      ${
        answer.article
          ? html`<section class="article">
              <tl-article .answer=${answer} .store=${store}></tl-article>
            </section>`
          : nothing
      }
      <section>
        <tl-export .answer=${answer} .store=${store}></tl-export>
      </section>
      <section>
        <tl-trust></tl-trust>
      </section>
    </div>`;
  }

  /// On a small screen, the verdict in one line while the answer is out of sight.
  private strip(store: Store, answer: Answer, stale: boolean): TemplateResult {
    const [figure, , outcome] = verdict(store, answer);
    return html`<a class="strip ${stale ? "stale" : ""}" href="#answer" ?hidden=${!this.away}
      ><span class="number">${figure}</span> <span class=${answer.fit.fits === false ? "over" : ""}>${outcome}</span></a
    >`;
  }
}

/// Once what has been rendered is on the screen.
function painted(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

customElements.define("tl-app", App);
