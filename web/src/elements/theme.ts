// Light or dark: the system's choice until the reader makes one.

import { html, type TemplateResult } from "lit";
import { remember } from "../remember";
import { t } from "../strings";
import { Light } from "./light";

const system = window.matchMedia("(prefers-color-scheme: dark)");

export class Theme extends Light {
  private get dark(): boolean {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : system.matches;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    system.addEventListener("change", () => this.requestUpdate());
  }

  protected override render(): TemplateResult {
    return html`<button type="button" class="quiet" aria-pressed=${this.dark} @click=${this.toggle}>
      ${t.theme}
    </button>`;
  }

  private toggle(): void {
    const theme = this.dark ? "light" : "dark";
    const same = (theme === "dark") === system.matches;
    const root = document.documentElement;
    if (same) delete root.dataset.theme;
    else root.dataset.theme = theme;
    remember("theme", same ? undefined : theme);
    this.requestUpdate();
  }
}

customElements.define("tl-theme", Theme);
