// What takes many answers to draw waits until the reader pauses, and until it is in sight: a keystroke is
// answered at once, whatever else the page shows.

import type { PropertyValues } from "lit";
import { Figure } from "./light";

const pause = 120;

export abstract class Later extends Figure {
  static override properties = {
    ...Figure.properties,
    store: { attribute: false },
    answer: { attribute: false },
    drawn: { state: true },
  };
  declare answer: unknown;
  /// The answer that the drawing is of.
  declare drawn: unknown;
  private timer = 0;
  private sight: IntersectionObserver | undefined;
  private inSight = false;

  /// Asks for what the drawing needs.
  protected abstract prepare(): void;

  override connectedCallback(): void {
    super.connectedCallback();
    this.sight = new IntersectionObserver(
      ([entry]) => {
        this.inSight = entry?.isIntersecting ?? false;
        this.schedule(0);
      },
      { rootMargin: "400px" },
    );
    this.sight.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sight?.disconnect();
    clearTimeout(this.timer);
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("answer")) this.schedule(this.drawn === undefined ? 0 : pause);
  }

  private schedule(delay: number): void {
    if (!this.inSight || this.drawn === this.answer) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.prepare();
      this.drawn = this.answer;
    }, delay);
  }
}
