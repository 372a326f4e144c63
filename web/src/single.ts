// The tool in one file: what is fetched elsewhere stands in the page, compressed.

/// Is this the page that has everything in it? Put in when it is built.
declare const SINGLE_FILE: boolean;

/// The bytes of a text of base 85, as site.ts writes it: four of five digits.
function bytesOf(text: string, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil(size / 4) * 4);
  const view = new DataView(bytes.buffer);
  for (let group = 0; group * 4 < size; group++) {
    let number = 0;
    for (let i = 0; i < 5; i++) {
      const code = text.charCodeAt(group * 5 + i);
      number = number * 85 + (code === 122 ? 60 : code) - 37;
    }
    view.setUint32(group * 4, number);
  }
  return bytes.subarray(0, size);
}

export async function unpacked(name: string): Promise<Uint8Array> {
  const element = document.getElementById(name);
  const bytes = bytesOf(element?.textContent ?? "", Number(element?.dataset.size ?? 0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/// What the module is started with: nothing where it reads the files beside it.
export async function parts(): Promise<{
  wasmBinary?: Uint8Array;
  restBinary?: Uint8Array;
  catalog?: Uint8Array;
  restCatalog?: Uint8Array;
  bibliography?: Uint8Array;
}> {
  if (!SINGLE_FILE) return {};
  const [wasmBinary, restBinary, catalog, restCatalog, bibliography] = await Promise.all([
    unpacked("tensorledger.wasm"),
    unpacked("tensorledger.rest.wasm"),
    unpacked("catalog.txt"),
    unpacked("catalog.rest.txt"),
    unpacked("bibliography.json"),
  ]);
  return { wasmBinary, restBinary, catalog, restCatalog, bibliography };
}
