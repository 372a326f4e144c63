// The library: what a page, a worker or node imports. A setup goes in as a query string or a plain
// object, a plain object comes out; there is nothing to delete. The core does all the validation:
// this file only turns JavaScript's values into JSON text and back, and refuses what JSON cannot say.

import createModule from "./tensorledger.js";

/** Starts the module. Without arguments it reads the .wasm file and the tables beside this one. */
export async function load({ wasmBinary, catalog, bibliography } = {}) {
  const [module, text] = await Promise.all([
    start(wasmBinary ?? shipped(binaryUrl())),
    textOfFile(catalog ?? shipped(catalogUrl())),
  ]);
  module.catalog(text);
  return library(module, bibliography);
}

function start(wasmBinary) {
  return new Promise((resolve, reject) => {
    createModule({
      instantiateWasm(imports, ready) {
        instantiate(wasmBinary, imports).then(
          ({ instance, module }) => ready(instance, module),
          reject,
        );
        return {};
      },
    }).then(resolve, reject);
  });
}

// Written out, so that a bundler sees which files belong to this one.
const binaryUrl = () => new URL("./tensorledger.wasm", import.meta.url);
const catalogUrl = () => new URL("./catalog.txt", import.meta.url);
const bibliographyUrl = () => new URL("./bibliography.json", import.meta.url);

/** A file beside this one: its response, or in node its bytes. */
async function shipped(url) {
  if (url.protocol !== "file:") {
    return fetch(url);
  }
  const files = "node:fs/promises"; // a name that bundlers for the browser leave alone
  return (await import(/* @vite-ignore */ files)).readFile(url);
}

async function instantiate(given, imports) {
  const source = await given;
  if (source instanceof WebAssembly.Module) {
    return { module: source, instance: await WebAssembly.instantiate(source, imports) };
  }
  if (typeof Response === "function" && source instanceof Response) {
    const streams = checked(source).headers.get("content-type") === "application/wasm";
    return streams
      ? WebAssembly.instantiateStreaming(source, imports)
      : WebAssembly.instantiate(await source.arrayBuffer(), imports);
  }
  return WebAssembly.instantiate(source, imports);
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

function library(module, bibliography) {
  const once = (print) => {
    let value;
    return () => (value ??= JSON.parse(print()));
  };
  const answer = (ask) => (setup) => {
    const text = textOf(setup);
    return text === undefined ? refused(setup) : JSON.parse(ask(text));
  };
  const version = module.version();
  let works;

  const readBibliography = async () =>
    JSON.parse(await textOfFile(bibliography ?? shipped(bibliographyUrl())));

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
    bibliography: () => (works ??= readBibliography()),
    estimate: answer(module.estimate),
    totals: answer(module.totals),
    limits: answer(module.limits),
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
