// What stays in this browser from one visit to the next. Where storage is refused nothing does, and the page works
// as it is.

const prefix = "tensorledger-";

export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    return null;
  }
}

/// Nothing to remember: it is forgotten.
export function remember(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, value);
  } catch {
    // Storage is refused: it lasts as long as the page.
  }
}
