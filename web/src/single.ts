// The tool in one file: what is fetched elsewhere stands in the page, compressed.

/// Is this the page that has everything in it? Put in when it is built.
declare const SINGLE_FILE: boolean;

async function unpacked(name: string): Promise<Uint8Array> {
  const text = document.getElementById(name)?.textContent ?? "";
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/// What the module is started with: nothing where it reads the files beside it.
export async function parts(): Promise<{
  wasmBinary?: Uint8Array;
  restBinary?: Uint8Array;
  catalog?: Uint8Array;
  bibliography?: Uint8Array;
}> {
  if (!SINGLE_FILE) return {};
  const [wasmBinary, restBinary, catalog, bibliography] = await Promise.all([
    unpacked("tensorledger.wasm"),
    unpacked("tensorledger.rest.wasm"),
    unpacked("catalog.txt"),
    unpacked("bibliography.json"),
  ]);
  return { wasmBinary, restBinary, catalog, bibliography };
}
