// A set-up as a link. The query string is the tool's own notation (the keys that differ from their
// defaults, in the order of the table); a pasted config.json follows the `#`, compressed, so that it is
// part of the link too and yet is never sent to a server.

import type { Schema, Values } from "./schema";

function escaped(text: string): string {
  return encodeURIComponent(text).replace(/%2F/g, "/").replace(/%2C/g, ",").replace(/%3A/g, ":");
}

/// The query string of some values, in the order of the table; keys that the table lacks come last, for
/// the module to refuse.
export function queryOf(schema: Schema, values: Values): string {
  const order = schema.fields.map(({ key }) => key).filter((key) => values.has(key));
  const others = [...values.keys()].filter((key) => !schema.byKey.has(key));
  return [...order, ...others]
    .map((key) => `${escaped(key)}=${escaped(values.get(key) ?? "")}`)
    .join("&");
}

export function valuesOf(query: string): Map<string, string> {
  return new Map(new URLSearchParams(query));
}

function through(data: BlobPart, stream: GenericTransformStream): Promise<ArrayBuffer> {
  return new Response(new Blob([data]).stream().pipeThrough(stream)).arrayBuffer();
}

export async function pack(text: string): Promise<string> {
  const bytes = new Uint8Array(await through(text, new CompressionStream("deflate-raw")));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/// The text that was packed, or nothing if the link was cut or changed on its way.
export async function unpack(packed: string): Promise<string | undefined> {
  try {
    const binary = atob(packed.replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")));
  } catch {
    return undefined;
  }
}
