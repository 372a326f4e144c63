// What takes many answers to draw waits until the reader pauses, and until it is in sight: a keystroke is
// answered at once, whatever else the page shows. Until a new drawing is complete the one before stands.

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
  /// The answer that a drawing is being made of, and which attempt that is.
  private making: unknown;
  private attempt = 0;

  /// Asks for what the drawing needs; `wanted` says whether it still is.
  protected abstract prepare(wanted: () => boolean): void | Promise<void>;

  /// Makes the drawing anew, although the answer is the same.
  protected redraw(): void {
    this.making = undefined;
    this.drawn = undefined;
    this.schedule(0);
  }

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
    if (!this.inSight || this.drawn === this.answer || this.making === this.answer) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(async () => {
      const { answer } = this;
      this.making = answer;
      this.attempt += 1;
      const { attempt } = this;
      const wanted = () => this.answer === answer && this.attempt === attempt;
      await this.prepare(wanted);
      if (wanted()) this.drawn = answer;
    }, delay);
  }
}
