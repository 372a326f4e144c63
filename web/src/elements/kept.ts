// What autograd keeps of one layer until the backward has read it: every tensor, in the order in which the
// layer makes them, as wide as it is large.

import { html, nothing, type TemplateResult } from "lit";
import type { Answer, Row } from "../contract";
import { gib, mebibytes, whole } from "../format";
import { t } from "../words";
import { Light } from "./light";
import { fillOf } from "./patterns";

/// One picture: the layers of one kind, or what is kept outside of them.
interface Sheet {
  name: string;
  count: number;
  tensors: Row[];
}

/// Consecutive tensors of one module.
interface Module {
  name: string;
  tensors: Row[];
}

/// The cells between name and figure, which a narrow screen has no room for.
const filler = [0, 1].map(() => html`<td class="wide"></td>`);

export class Kept extends Light {
  static override properties = {
    answer: { attribute: false },
    shown: { state: true },
  };
  declare answer: Answer;
  /// The sheet that is shown, by its place.
  declare shown: number;

  constructor() {
    super();
    this.shown = 0;
  }

  protected override render(): TemplateResult {
    const { saved } = this.answer;
    const sheets: Sheet[] = saved.layers.map(({ kind, count, tensors = [] }) => ({
      name: t.kept.layer(kind),
      count,
      tensors,
    }));
    const outside = saved.outside_tensors ?? [];
    if (outside.length) sheets.push({ name: t.kept.outside, count: 1, tensors: outside });
    const sheet = sheets[Math.min(this.shown, sheets.length - 1)];
    if (!sheet) return html``;
    return html`
      <h2 id="kept-heading">${t.kept.heading}</h2>
      <p class="intro">${t.kept.intro(gib(saved.total))}</p>
      ${sheets.length > 1 ? this.choice(sheets, sheet) : nothing}
      ${this.picture(sheet)}
    `;
  }

  private choice(sheets: Sheet[], shown: Sheet): TemplateResult {
    return html`<p class="radios" role="radiogroup" aria-label=${t.kept.choice}>
      ${sheets.map(
        (sheet, index) => html`<label>
          <input
            type="radio"
            name="kept"
            .checked=${sheet === shown}
            @change=${() => {
              this.shown = index;
            }}
          /><span>${sheet.name}${sheet.count > 1 ? html` <small>× ${whole(sheet.count)}</small>` : nothing}</span>
        </label>`,
      )}
    </p>`;
  }

  private picture(sheet: Sheet): TemplateResult {
    const widest = Math.max(1, ...sheet.tensors.map(({ bytes }) => bytes));
    const sum = total(sheet.tensors);
    return html`<table class="kept" aria-labelledby="kept-heading">
      <thead>
        <tr>
          <th scope="col">${t.kept.tensor}</th>
          <th scope="col" class="wide">${t.ledger.shape}</th>
          <th scope="col" class="wide">${t.ledger.dtype}</th>
          <th scope="col" class="number">${t.kept.mib}</th>
        </tr>
      </thead>
      ${modules(sheet.tensors).map(
        (module) => html`<tbody>
          ${
            module.name
              ? html`<tr class="module">
                  <th scope="rowgroup">${module.name}</th>
                  ${filler}
                  <td class="number">${mebibytes(total(module.tensors))}</td>
                </tr>`
              : nothing
          }
          ${module.tensors.map((row) => tensor(row, widest))}
        </tbody>`,
      )}
      <tfoot>
        <tr>
          <th scope="row">
            ${sheet.count > 1 ? t.kept.oneOf(whole(sheet.count), gib(sum * sheet.count)) : t.kept.all}
          </th>
          ${filler}
          <td class="number">${mebibytes(sum)}</td>
        </tr>
      </tfoot>
    </table>`;
  }
}

function total(rows: Row[]): number {
  return rows.reduce((sum, { bytes }) => sum + bytes, 0);
}

/// "layers.self_attn.q_proj.output" is `q_proj.output` of the module `self_attn`.
function parts(name: string): [string, string] {
  const [stack = "", module = "", ...rest] = name.split(".");
  if (rest.length === 0) return module ? [stack, module] : ["", stack];
  return [module, rest.join(".")];
}

function modules(rows: Row[]): Module[] {
  const list: Module[] = [];
  for (const row of rows) {
    const [name] = parts(row.name);
    const last = list.at(-1);
    if (last?.name === name) last.tensors.push(row);
    else list.push({ name, tensors: [row] });
  }
  return list;
}

/// "1 × 1024 × 4096 × 4 B" without the bytes of an element: the shape with the reader's numbers in it.
function sizes({ formula, count }: Row): string {
  const factors = formula.split(" × ").slice(count > 1 ? 1 : 0, -1);
  return factors.map((size) => whole(Number(size))).join(" × ");
}

function tensor(row: Row, widest: number): TemplateResult {
  const [, name] = parts(row.name);
  const times = row.count > 1 ? html` <small>× ${whole(row.count)}</small>` : nothing;
  return html`<tr title=${row.note}>
    <th scope="row">
      <span class="term">${name}${times}</span>
      <span class="narrow">${row.shape} · ${row.dtype}</span>
      <svg class="stroke" width="100%" height="7" aria-hidden="true" focusable="false">
        <rect width="${(100 * row.bytes) / widest}%" height="7" fill=${fillOf(row.group)} />
      </svg>
    </th>
    <td class="wide">${row.shape}<small>${sizes(row)}</small></td>
    <td class="wide">${row.dtype}</td>
    <td class="number">${mebibytes(row.bytes)}</td>
  </tr>`;
}

customElements.define("tl-kept", Kept);
