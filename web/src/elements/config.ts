// A place for the reader's own config.json: pasted, chosen, or dropped anywhere on the page; so are files of weights.

import { html, nothing, type TemplateResult } from "lit";
import type { Imported } from "tensorledger";
import { isAboutConfig, type SetUp } from "../engine";
import type { Store } from "../store";
import { t } from "../words";
import { Light } from "./light";

export class ConfigField extends Light {
  static override properties = {
    store: { attribute: false },
    setUp: { attribute: false },
    over: { state: true },
    fetching: { state: true },
    missed: { state: true },
  };
  declare store: Store;
  declare setUp: SetUp;
  declare over: boolean;
  /// Is the Hub being asked?
  declare fetching: boolean;
  /// Why it gave nothing.
  declare missed: string | undefined;

  private readonly drag = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.over = event.type === "dragover";
    if (event.type === "drop") void this.store.take([...event.dataTransfer.files]);
  };

  override connectedCallback(): void {
    super.connectedCallback();
    for (const type of ["dragover", "dragleave", "drop"] as const) {
      document.addEventListener(type, this.drag);
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const type of ["dragover", "dragleave", "drop"] as const) {
      document.removeEventListener(type, this.drag);
    }
  }

  protected override render(): TemplateResult {
    const { config } = this.setUp;
    const issue = this.store.issues.find(isAboutConfig);
    const wrong = config !== undefined && issue !== undefined;
    return html`<details
        class=${this.over ? "config over" : "config"}
        ?open=${config !== undefined}
      >
      <summary>${t.config.label}</summary>
      <div class="field ${wrong ? "wrong" : ""}">
        <label class="hint" for="config-text" id="config-hint">${t.config.hint}</label>
        <textarea
          id="config-text"
          rows="5"
          spellcheck="false"
          autocomplete="off"
          aria-describedby=${wrong ? "config-error" : nothing}
          aria-invalid=${wrong ? "true" : nothing}
          .value=${config ?? ""}
          @input=${this.typed}
          @change=${(event: Event) => this.use(event.target as HTMLTextAreaElement)}
        ></textarea>
        ${wrong ? html`<p class="error" id="config-error">${issue.message}</p>` : nothing}
        <p class="actions">
          <label class="quiet file"
            >${t.config.choose}<input
              type="file"
              multiple
              accept=".json,.gguf,.safetensors,.yaml,.yml,.sh,.txt,application/json"
              @change=${(event: Event) => {
                const input = event.target as HTMLInputElement;
                void this.store.take([...(input.files ?? [])]).then(() => {
                  input.value = "";
                });
              }}
          /></label>
          ${
            config !== undefined
              ? html`<button type="button" class="quiet" @click=${() => this.store.paste("")}>
                  ${t.config.remove}
                </button>`
              : nothing
          }
        </p>
      </div>
      ${this.hub()}
    </details>
    ${this.store.said ? this.said(this.store.said) : nothing}`;
  }

  /// What is pasted, and JSON while it is typed, counts at once; a line that is typed, when it is complete.
  private readonly typed = (event: InputEvent) => {
    const area = event.target as HTMLTextAreaElement;
    const key = (event.data?.length ?? 0) <= 1 && !/paste|drop|replace/i.test(event.inputType);
    if (!key || /^\s*(\{|$)/.test(area.value)) this.use(area);
  };

  private use(area: HTMLTextAreaElement): void {
    if (area.value === (this.setUp.config ?? "")) return;
    this.store.paste(area.value);
    if (this.store.said) area.value = this.store.setUp.config ?? "";
  }

  private hub(): TemplateResult {
    return html`<div class="field hub ${this.missed ? "wrong" : ""}">
      <label for="hub-name">${t.config.hub}</label>
      <p class="explained" id="hub-hint">${t.config.hubHint}</p>
      <p class="actions">
        <input
          id="hub-name"
          type="text"
          spellcheck="false"
          autocomplete="off"
          placeholder="owner/name"
          aria-describedby=${this.missed ? "hub-hint hub-error" : "hub-hint"}
          aria-invalid=${this.missed ? "true" : nothing}
          @keydown=${(event: KeyboardEvent) => event.key === "Enter" && this.ask(event)}
        />
        <button type="button" class="quiet" ?disabled=${this.fetching} @click=${this.ask}>
          ${this.fetching ? t.config.fetching : t.config.fetch}
        </button>
      </p>
      <div role="alert">
        ${this.missed ? html`<p class="error" id="hub-error">${this.missed}</p>` : nothing}
      </div>
    </div>`;
  }

  private readonly ask = async (event: Event) => {
    event.preventDefault();
    if (this.fetching) return;
    const name = this.querySelector<HTMLInputElement>("#hub-name")?.value ?? "";
    this.fetching = true;
    this.missed = undefined;
    const { fromHub, NotFetched } = await import("../hub");
    try {
      await this.store.take(await fromHub(name));
    } catch (error) {
      if (!(error instanceof NotFetched)) throw error;
      this.missed = error.message;
    } finally {
      this.fetching = false;
    }
  };

  private readonly close = () => {
    this.store.forget();
    this.requestUpdate();
  };

  /// What another tool's set-up said, and what of it was left out.
  private said({ title, query, unread, neutral }: Imported): TemplateResult {
    return html`<div class="said" role="status">
      <p><strong>${t.said.heading(title)}</strong> ${query ? t.said.sets : t.said.nothing}</p>
      ${
        unread.length
          ? html`<p>${t.said.unread}</p>
              <ul>
                ${unread.map(({ text, reason }) => html`<li><code>${text}</code> ${reason}</li>`)}
              </ul>`
          : nothing
      }
      ${
        neutral.length
          ? html`<details>
              <summary>${t.said.neutral(neutral.length)}</summary>
              <ul>
                ${neutral.map((text) => html`<li><code>${text}</code></li>`)}
              </ul>
            </details>`
          : nothing
      }
      <button type="button" class="quiet" @click=${this.close}>${t.said.close}</button>
    </div>`;
  }
}

customElements.define("tl-config", ConfigField);
