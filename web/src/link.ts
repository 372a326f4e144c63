// A set-up as a link. The query string is the tool's own notation (the keys that differ from their
// defaults, in the order of the table). What follows the `#` is never sent to a server: a pasted
// config.json, compressed, and the set-up that is kept beside for comparison.

import type { SetUp } from "./engine";
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

/// The mark of a page that is shown in a frame; it is no part of a set-up.
const frameKey = "embed";

export function valuesOf(query: string): Map<string, string> {
  const values = new Map(new URLSearchParams(query));
  values.delete(frameKey);
  return values;
}

/// Is this the address of a page in somebody's frame?
export function isFramed(query: string): boolean {
  return new URLSearchParams(query).has(frameKey);
}

function through(data: BlobPart, stream: GenericTransformStream): Promise<ArrayBuffer> {
  return new Response(new Blob([data]).stream().pipeThrough(stream)).arrayBuffer();
}

async function pack(text: string): Promise<string> {
  const bytes = new Uint8Array(await through(text, new CompressionStream("deflate-raw")));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/// The text that was packed, or nothing if the link was cut or changed on its way.
async function unpack(packed: string): Promise<string | undefined> {
  try {
    const binary = atob(packed.replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")));
  } catch {
    return undefined;
  }
}

const keys = { config: "file", beside: "beside", besideConfig: "beside-file" };

/// What stands after the query, the `#` included; empty: nothing. A config.json of a set-up that is kept beside stands
/// after the set-up that it belongs to.
export async function hashOf(
  schema: Schema,
  config: string | undefined,
  beside: readonly SetUp[],
): Promise<string> {
  const parts: [string, string][] = [];
  if (config !== undefined) parts.push([keys.config, await pack(config)]);
  for (const { values, config: other } of beside) {
    parts.push([keys.beside, escaped(queryOf(schema, values))]);
    if (other !== undefined) parts.push([keys.besideConfig, await pack(other)]);
  }
  return parts.length ? `#${parts.map(([key, value]) => `${key}=${value}`).join("&")}` : "";
}

/// The config.json of a link and the set-ups beside, if any. A damaged config.json is an empty one, which the
/// module refuses.
export async function setUpsOf(
  hash: string,
): Promise<{ config: string | undefined; beside: SetUp[] }> {
  let config: string | undefined;
  const beside: SetUp[] = [];
  for (const [key, value] of new URLSearchParams(hash.slice(1))) {
    const last = beside.at(-1);
    if (key === keys.config) config = (await unpack(value)) ?? "";
    else if (key === keys.beside) beside.push({ values: valuesOf(value) });
    else if (key === keys.besideConfig && last) last.config = (await unpack(value)) ?? "";
  }
  return { config, beside };
}
