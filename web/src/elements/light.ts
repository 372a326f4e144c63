import { LitElement, type PropertyValues } from "lit";

/// Registers an element, unless another copy of this code on the same page has done so.
export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}

/// An element that renders into the page itself: one style sheet, and labels, descriptions and ids that
/// reach across elements.
export class Light extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}

/// An element whose drawing is as wide as the place that it is given.
export class Figure extends Light {
  static override properties = { width: { state: true } };
  declare width: number;
  private observer: ResizeObserver | undefined;

  constructor() {
    super();
    this.width = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.width = this.clientWidth;
    this.observer = new ResizeObserver(() => {
      this.width = this.clientWidth;
    });
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
  }

  protected override shouldUpdate(_changed: PropertyValues): boolean {
    return this.width > 0;
  }
}
