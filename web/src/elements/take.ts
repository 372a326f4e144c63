// Out of the page: what is copied, and what is saved as a file. A drawing takes its colours along.

/// A file for the reader to save.
export function download(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function text(content: string, type = "text/plain"): Blob {
  return new Blob([content], { type: `${type};charset=utf-8` });
}

/// Rows as comma-separated values (RFC 4180).
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) =>
    /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/// What of a style sheet a drawing needs to look the same without it.
const carried = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linejoin",
  "stroke-linecap",
  "paint-order",
  "opacity",
  "font-size",
  "font-weight",
];

function dress(original: Element, copy: Element): void {
  const style = getComputedStyle(original);
  for (const name of carried) {
    const value = style.getPropertyValue(name);
    // A fill that is a pattern keeps its reference, which the browser may have made an address of.
    const reference = /^url\("?[^#]*(#[^")]*)"?\)/.exec(value);
    if (value) copy.setAttribute(name, reference ? `url(${reference[1]})` : value);
  }
  for (const [index, child] of [...original.children].entries()) {
    const other = copy.children[index];
    if (other) dress(child, other);
  }
}

/// A drawing of the page as a document of its own.
export function drawing(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  dress(svg, copy);
  const page = getComputedStyle(document.documentElement);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("font-family", page.fontFamily);
  const used = new Set(copy.outerHTML.match(/(?<=url\(#)[\w-]+/g));
  const paper = `<rect width="100%" height="100%" fill="${page.backgroundColor}"/>`;
  const patterns = [...document.querySelectorAll(".patterns pattern")]
    .filter(({ id }) => used.has(id))
    .map((pattern) => {
      const tile = pattern.cloneNode(true) as Element;
      dress(pattern, tile);
      return new XMLSerializer().serializeToString(tile);
    });
  const inside = new XMLSerializer().serializeToString(copy);
  const opened = inside.indexOf(">") + 1;
  return `${inside.slice(0, opened)}<defs>${patterns.join("")}</defs>${paper}${inside.slice(opened)}`;
}

/// The same as a picture, twice as fine as the screen.
export async function picture(svg: SVGSVGElement): Promise<Blob | undefined> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawing(svg))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = svg.clientWidth * 2;
  canvas.height = svg.clientHeight * 2;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), "image/png"));
}
