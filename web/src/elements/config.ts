// A place for the reader's own config.json: pasted, chosen, or dropped anywhere on the page; so are files of weights.

import { html, nothing, type TemplateResult } from "lit";
import { isAboutConfig, type SetUp } from "../engine";
import type { Store } from "../store";
import { t } from "../words";
import { Light } from "./light";

export class ConfigField extends Light {
  static override properties = {
    store: { attribute: false },
    setUp: { attribute: false },
    over: { state: true },
  };
  declare store: Store;
  declare setUp: SetUp;
  declare over: boolean;

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
    return html`<details class=${this.over ? "config over" : "config"} ?open=${config !== undefined}>
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
          @input=${(event: Event) => this.use((event.target as HTMLTextAreaElement).value)}
        ></textarea>
        ${wrong ? html`<p class="error" id="config-error">${issue.message}</p>` : nothing}
        <p class="actions">
          <label class="quiet file"
            >${t.config.choose}<input
              type="file"
              multiple
              accept=".json,.gguf,.safetensors,application/json"
              @change=${(event: Event) => {
                const input = event.target as HTMLInputElement;
                void this.store.take([...(input.files ?? [])]).then(() => {
                  input.value = "";
                });
              }}
          /></label>
          ${
            config !== undefined
              ? html`<button type="button" class="quiet" @click=${() => this.use("")}>
                  ${t.config.remove}
                </button>`
              : nothing
          }
        </p>
      </div>
    </details>`;
  }

  private use(text: string): void {
    this.store.useConfig(text.trim() === "" ? undefined : text);
  }
}

customElements.define("tl-config", ConfigField);
