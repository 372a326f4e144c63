// The formula of the 2022 article beside the ledger, for this set-up and along the sequence length.

import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { html, nothing, svg, type TemplateResult } from "lit";
import type { Answer, Article } from "../contract";
import { gib, gibColumn, ratio, unit, whole } from "../format";
import { questionsTo } from "../questions";
import { changed, type Store } from "../store";
import { t } from "../words";
import { capacityLine, type Frame, levels } from "./axes";
import { Later } from "./later";

const height = 280;
const samples = 24;

interface Sample {
  length: number;
  article: Article;
}

export class ArticleView extends Later {
  declare store: Store;
  declare answer: Answer;
  private curve: Sample[] = [];

  /// Both figures for sequences from short to twice the present length.
  protected override async prepare(wanted: () => boolean): Promise<void> {
    const { article } = this.answer;
    const longest = Math.max((article?.value ?? 0) * 2, samples);
    const lengths = Array.from({ length: article ? samples : 0 }, (_, i) =>
      Math.round((longest * (i + 1)) / samples),
    );
    const { module, answered } = this.store;
    const setUps = lengths.map((length) =>
      changed(answered, [[article?.variable ?? "", String(length)]]),
    );
    const answers = await questionsTo(module).totals(setUps, wanted);
    if (!wanted()) return;
    this.curve = answers.flatMap((answer, index) => {
      const found = answer.ok ? answer.article : undefined;
      return found ? [{ length: lengths[index] ?? 0, article: found }] : [];
    });
  }

  protected override render(): TemplateResult | typeof nothing {
    const { article } = this.answer;
    if (!article) return nothing;
    return html`
      <h2>${t.article.heading}</h2>
      <p class="intro">${t.article.intro}</p>
      <table class="compare" aria-label=${t.article.heading}>
        <tbody>
          <tr>
            <th scope="row"><svg class="key" width="22" height="10" aria-hidden="true"><path class="article" d="M0 5H22" /></svg>${t.article.formula(article.formula)}</th>
            <td class="number">${gibColumn(article.bytes)}<span class="unit"> ${unit()}</span></td>
          </tr>
          <tr>
            <th scope="row"><span class="key"></span>${t.article.long(article.long_formula)}</th>
            <td class="number">${gibColumn(article.long_bytes)}<span class="unit"> ${unit()}</span></td>
          </tr>
          <tr>
            <th scope="row"><svg class="key" width="22" height="10" aria-hidden="true"><path class="exact" d="M0 5H22" /></svg>${t.article.exact}</th>
            <td class="number">${gibColumn(article.exact)}<span class="unit"> ${unit()}</span></td>
          </tr>
        </tbody>
        <tfoot>
          <tr>
            <th scope="row"><span class="key"></span>${t.article.ratio}</th>
            <td class="number">${ratio(article.ratio)}<span class="unit"> ×</span></td>
          </tr>
        </tfoot>
      </table>
      ${this.curve.length > 2 ? this.chart(article) : nothing}
    `;
  }

  private chart(article: Article): TemplateResult {
    const { width, curve } = this;
    const available = this.answer.fit.available;
    const frame: Frame = { left: 46, right: width - 1, top: 30, bottom: height - 40 };
    const longest = curve.at(-1)?.length ?? 1;
    const exact = Math.max(...curve.map((point) => point.article.exact));
    const formula = Math.max(...curve.map((point) => point.article.bytes));
    const most = Math.max(exact, Math.min(formula, exact * 6)) * 1.05;
    const x = scaleLinear([0, longest], [frame.left, frame.right]);
    const y = scaleLinear([0, most], [frame.bottom, frame.top]);
    const path = (of: (article: Article) => number) =>
      line<Sample>(
        (point) => x(point.length),
        (point) => y(of(point.article)),
      )(curve) ?? "";
    const now = Math.round(x(article.value)) + 0.5;
    return html`<svg
      class="sweep"
      width=${width}
      height=${height}
      viewBox="0 0 ${width} ${height}"
      role="img"
      aria-label=${t.article.describe(
        whole(longest),
        gib(curve.at(-1)?.article.bytes ?? 0),
        gib(curve.at(-1)?.article.exact ?? 0),
      )}
    >
      ${levels(y, frame)}
      ${x.ticks(Math.max(2, Math.floor(width / 130))).map(
        (value) => svg`<text class="tick" x=${x(value)} y=${frame.bottom + 18}
          text-anchor=${x(value) > frame.right - 30 ? "end" : "middle"}>${whole(value)}</text>`,
      )}
      <text class="tick unit" x=${frame.right} y=${frame.bottom + 36} text-anchor="end">${t.article.axis}</text>
      <path class="band" d="M${now} ${frame.top}V${frame.bottom}" />
      <text class="label" x=${now + 5} y=${frame.top + 6}>${t.article.now(whole(article.value))}</text>
      ${capacityLine(y, frame, available, available ? t.bar.usable(gib(available)) : "")}
      <clipPath id="sweep-frame">
        <rect
          x=${frame.left}
          y=${frame.top}
          width=${frame.right - frame.left}
          height=${frame.bottom - frame.top}
        />
      </clipPath>
      <g clip-path="url(#sweep-frame)">
        <path class="article" d=${path((article) => article.bytes)} />
        <path class="exact" d=${path((article) => article.exact)} />
      </g>
      <path class="base" d="M${frame.left} ${frame.bottom + 0.5}H${frame.right}" />
    </svg>`;
  }
}

customElements.define("tl-article", ArticleView);
