// Numbers as people read them. Memory is in one unit everywhere: GiB (2^30 bytes), or GB (10^9) where the reader has
// chosen so; exact bytes stand beside it where a row is opened.

const sizes = { GiB: 2 ** 30, GB: 1e9 };
export type Unit = keyof typeof sizes;

let chosen: Unit = "GiB";

export function chooseUnit(name: string): void {
  chosen = name === "GB" ? name : "GiB";
}

/// "GiB": what every figure of memory is in.
export function unit(): Unit {
  return chosen;
}

/// How many bytes that is.
export function unitBytes(): number {
  return sizes[chosen];
}

/// "MiB": what one layer's tensors are in.
export function smallUnit(): string {
  return chosen === "GB" ? "MB" : "MiB";
}

const fixed = [0, 1, 2, 3].map(
  (digits) =>
    new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);

function decimals(value: number, digits: number): string {
  return (fixed[digits] ?? new Intl.NumberFormat("en")).format(value).replace("-", "−");
}

/// "38.2", "9.75", "0.004": three significant figures or so, for prose.
export function gib(bytes: number): string {
  const value = bytes / sizes[chosen];
  const size = Math.abs(value);
  if (bytes !== 0 && size < 0.0005) return bytes < 0 ? "−0.001" : "<0.001";
  return decimals(value, size >= 1000 ? 0 : size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 3);
}

/// "38.213", "0.004", "<0.001", "0": for columns, where the points stand below each other.
export function gibColumn(bytes: number): string {
  if (bytes === 0) return "0";
  if (Math.abs(bytes) / sizes[chosen] < 0.0005) return "<0.001";
  return decimals(bytes / sizes[chosen], 3);
}

/// "16.000", "0.031", "<0.001", "0": a column in MiB (2^20 bytes) or MB, for the tensors of one layer.
export function mebibytes(bytes: number): string {
  return gibColumn(bytes * (chosen === "GB" ? 1000 : 1024));
}

/// "38.2 GiB": for prose.
export function memory(bytes: number): string {
  return `${gib(bytes)} ${chosen}`;
}

/// "+2.1", "−0.4", "0": a difference.
export function signed(bytes: number): string {
  return `${bytes > 0 ? "+" : ""}${gibColumn(bytes)}`;
}

/// "1,073,741,824".
export function whole(value: number): string {
  return decimals(value, 0);
}

/// "8.03 B", "124 M": parameters.
export function parameters(count: number): string {
  for (const [unit, name] of [
    [1e12, "T"],
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "K"],
  ] as const) {
    const value = count / unit;
    if (value >= 1) return `${decimals(value, value >= 100 ? 0 : value >= 10 ? 1 : 2)} ${name}`;
  }
  return whole(count);
}

/// "0", "0.02 %", "3.4 %": a share.
export function percent(share: number): string {
  if (share === 0) return "0";
  return share < 0.00005 ? "<0.01 %" : `${decimals(100 * share, share < 0.01 ? 2 : 1)} %`;
}

/// "1.45", "12", "0.031".
export function ratio(value: number): string {
  return decimals(value, value >= 10 ? 0 : value >= 0.1 ? 2 : 3);
}
