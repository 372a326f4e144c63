// Serves the built page on localhost, as any static host would: right types, compressed, under the
// page's own Content-Security-Policy. `node server.mjs [--port N]`; also used by the tests.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const root = fileURLToPath(new URL("dist/", import.meta.url));

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
};

/** A file of the site with its headers; undefined if there is none of that name. */
async function fileOf(path) {
  const name = normalize(path === "/" ? "/index.html" : path);
  if (!name.startsWith("/") || name.includes("..")) return undefined;
  try {
    const body = await readFile(join(root, name));
    return { body, small: brotliCompressSync(body, quality(body)), type: types[extname(name)] };
  } catch {
    return undefined;
  }
}

function quality(body) {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants;
  return { params: { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_SIZE_HINT]: body.length } };
}

/** The policy that the page states of itself, and what only a header can say. */
async function policy() {
  const page = await readFile(join(root, "index.html"), "utf8");
  const stated = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(page)?.[1];
  if (!stated) throw new Error("index.html states no Content-Security-Policy");
  return `${stated}; frame-ancestors 'self'`;
}

export async function serve(port = 0) {
  const headers = {
    "Content-Security-Policy": await policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
  };
  const files = new Map();
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    if (!files.has(path)) files.set(path, await fileOf(path));
    const file = files.get(path);
    if (!file) {
      files.delete(path);
      response.writeHead(404, headers).end("There is no such file here.\n");
      return;
    }
    const brotli = /\bbr\b/.test(request.headers["accept-encoding"] ?? "");
    const body = brotli ? file.small : file.body;
    response.writeHead(200, {
      ...headers,
      "Content-Type": file.type ?? "application/octet-stream",
      "Content-Length": body.length,
      "Cache-Control": path.startsWith("/assets/")
        ? "public, max-age=31536000, immutable"
        : "no-cache",
      Vary: "Accept-Encoding",
      ...(brotli ? { "Content-Encoding": "br" } : {}),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { address: `http://localhost:${server.address().port}/`, close: () => server.close() };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const given = process.argv.indexOf("--port");
  const port = given > 0 ? Number(process.argv[given + 1]) : 8080;
  try {
    const { address } = await serve(port);
    console.log(`tensorledger is at ${address} (Ctrl-C ends it)`);
  } catch (error) {
    if (error.code !== "EADDRINUSE" || given > 0) throw error;
    const { address } = await serve();
    console.log(`Port ${port} is taken; tensorledger is at ${address} (Ctrl-C ends it)`);
  }
}
