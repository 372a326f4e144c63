// The library: what a page, a worker or node imports. A setup goes in as a query string or a plain
// object, a plain object comes out; there is nothing to delete. The core does all the validation:
// this file only turns JavaScript's values into JSON text and back, and refuses what JSON cannot say.

import createModule from "./tensorledger.js";

/** Starts the module, all of it. Without arguments it reads the files beside this one. */
export async function load(given = {}) {
  const read = reader(given);
  for (const file of [read.rest, read.restCatalog]) file().catch(() => {}); // on their way at once; awaited in whole()
  return library(await whole(read), read);
}

/**
 * Starts with the part of the module that answers most questions of training, the smaller half. `totals` asks for the
 * other part when it needs that; `complete` does in any case. The labels, hints and helps of `describe` come with that.
 */
export async function begin(given = {}) {
  const read = reader(given);
  const module = await start(read);
  const first = library(module, read);
  let short = false;
  let complete;
  const all = () => (complete ??= whole(read).then((module) => library(module, read)));
  return {
    version: first.version,
    describe: first.describe,
    models: first.models,
    accelerators: first.accelerators,
    bibliography: first.bibliography,
    async totals(setup) {
      if (!short && !complete) {
        try {
          return first.totals(setup);
        } catch (error) {
          if (error !== missing && !(error instanceof WebAssembly.RuntimeError)) throw error;
          short = true; // stopped in the middle of a function: it is not asked again
        }
      }
      return (await all()).totals(setup);
    },
    complete: all,
  };
}

/** The files of the module, each read once, when it is first asked for. */
function reader({ wasmBinary, restBinary, catalog, restCatalog, bibliography }) {
  const once = (read) => {
    let value;
    return () => (value ??= read());
  };
  return {
    first: once(() => compiled(wasmBinary ?? shipped(binaryUrl()))),
    rest: once(() => compiled(restBinary ?? shipped(restUrl()))),
    catalog: once(() => textOfFile(catalog ?? shipped(catalogUrl()))),
    restCatalog: once(() => textOfFile(restCatalog ?? shipped(restCatalogUrl()))),
    bibliography: once(async () =>
      JSON.parse(await textOfFile(bibliography ?? shipped(bibliographyUrl()))),
    ),
  };
}

/** What the first part throws in place of a function of the other; where it lacks a table it traps. */
const missing = new Error("This needs the rest of the module.");
const stub = () => {
  throw missing;
};

/** Both parts as one: the second takes the first one's memory, and its own places in the table. */
async function whole(read) {
  const [rest, text] = await Promise.all([read.rest(), read.restCatalog()]);
  return start(read, text, ({ exports }) => WebAssembly.instantiate(rest, { first: exports }));
}

async function start(read, restOfCatalog = "", join = () => {}) {
  const [compiled, catalog] = await Promise.all([read.first(), read.catalog()]);
  const rest = new Proxy({}, { get: () => stub });
  const module = await new Promise((resolve, reject) => {
    createModule({
      instantiateWasm(imports, ready) {
        (async () => {
          const instance = await WebAssembly.instantiate(compiled, { ...imports, rest });
          await join(instance);
          ready(instance, compiled);
        })().catch(reject);
        return {};
      },
    }).then(resolve, reject);
  });
  module.catalog(catalog, restOfCatalog);
  return module;
}

// Written out, so that a bundler sees which files belong to this one.
const binaryUrl = () => new URL("./tensorledger.wasm", import.meta.url);
const restUrl = () => new URL("./tensorledger.rest.wasm", import.meta.url);
const catalogUrl = () => new URL("./catalog.txt", import.meta.url);
const restCatalogUrl = () => new URL("./catalog.rest.txt", import.meta.url);
const bibliographyUrl = () => new URL("./bibliography.json", import.meta.url);

/** A file beside this one: its response, or in node its bytes. */
async function shipped(url) {
  if (url.protocol !== "file:") {
    return fetch(url);
  }
  const files = "node:fs/promises"; // a name that bundlers for the browser leave alone
  return (await import(/* @vite-ignore */ files)).readFile(url);
}

async function compiled(given) {
  const source = await given;
  if (source instanceof WebAssembly.Module) {
    return source;
  }
  if (typeof Response === "function" && source instanceof Response) {
    const streams = checked(source).headers.get("content-type") === "application/wasm";
    return streams
      ? WebAssembly.compileStreaming(source)
      : WebAssembly.compile(await source.arrayBuffer());
  }
  return WebAssembly.compile(source);
}

async function textOfFile(given) {
  const source = await given;
  if (typeof source === "string") {
    return source;
  }
  return source instanceof Uint8Array ? new TextDecoder().decode(source) : checked(source).text();
}

function checked(response) {
  if (!response.ok) {
    throw new Error(`${response.url} could not be read: HTTP status ${response.status}`);
  }
  return response;
}

function library(module, read) {
  const once = (print) => {
    let value;
    return () => (value ??= JSON.parse(print()));
  };
  const answer = (ask) => (setup) => {
    const text = textOf(setup);
    return text === undefined ? refused(setup) : JSON.parse(ask(text));
  };
  const version = module.version();

  /** The setup as the core reads it; undefined for what is neither a string nor a plain object. */
  function textOf(setup) {
    if (typeof setup === "string") {
      return setup;
    }
    if (typeof setup !== "object" || setup === null || Array.isArray(setup)) {
      return undefined;
    }
    try {
      return JSON.stringify(setup);
    } catch {
      return undefined; // a cycle, or a BigInt
    }
  }

  function refused(value) {
    const kind = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
    const message =
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? "The setup cannot be written as JSON: it contains itself or a BigInt."
        : `A setup is a query string or a plain object, and this is ${kind}.`;
    return { ok: false, version, issues: [{ field: "", code: "type", message }], notes: [] };
  }

  /** The size of a file; what is none counts as not known. */
  const wholeSize = (size) => (Number.isSafeInteger(size) && size > 0 ? size : 0);

  return {
    version,
    describe: once(module.describe),
    models: once(module.models),
    accelerators: once(module.accelerators),
    bibliography: read.bibliography,
    estimate: answer(module.estimate),
    totals: answer(module.totals),
    limits: answer(module.limits),
    map: answer(module.map),
    weights(file, name = "", size = 0) {
      const bytes = ArrayBuffer.isView(file)
        ? new Uint8Array(file.buffer, file.byteOffset, file.byteLength)
        : file;
      if (
        typeof bytes === "string" ||
        bytes instanceof Uint8Array ||
        bytes instanceof ArrayBuffer
      ) {
        return JSON.parse(module.weights(bytes, String(name), wholeSize(size)));
      }
      const message =
        "A file is given as its text or its bytes (a string, Uint8Array or ArrayBuffer).";
      return { ok: false, version, issues: [{ field: "", code: "type", message }], notes: [] };
    },
    imported(text) {
      if (typeof text === "string") {
        return JSON.parse(module.imported(text));
      }
      const message = "A command line or a configuration is given as its text.";
      return { ok: false, version, issues: [{ field: "", code: "type", message }], notes: [] };
    },
    shards(index, files) {
      for (const { name, start, size } of files) {
        module.shard(String(name), start, wholeSize(size));
      }
      return JSON.parse(module.shards(String(index)));
    },
  };
}
