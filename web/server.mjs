// Serves the built page on localhost, as any static host would: with the right types, and under the page's own
// Content-Security-Policy. `node server.mjs [--port N]`; also used by the tests.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

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

/** A file of the site with its type; undefined if there is none of that name. */
async function fileOf(path) {
  const name = normalize(path === "/" ? "/index.html" : path);
  if (!name.startsWith("/") || name.includes("..")) return undefined;
  try {
    return { body: await readFile(join(root, name)), type: types[extname(name)] };
  } catch {
    return undefined;
  }
}

/** The policy that the page states of itself, and what only a header can say. */
async function policy() {
  const page = await readFile(join(root, "index.html"), "utf8");
  const stated = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(page)?.[1];
  if (!stated) throw new Error("index.html states no Content-Security-Policy");
  return `${stated}; frame-ancestors 'self'`;
}

/** Serves the site; what `instead` has under a path is sent in place of the file. */
export async function serve(port = 0, instead = new Map()) {
  const headers = {
    "Content-Security-Policy": await policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
  };
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    const file = instead.get(path) ?? (await fileOf(path));
    if (!file) {
      response.writeHead(404, headers).end("There is no such file here.\n");
      return;
    }
    const lasting = path.startsWith("/assets/");
    // The pages of embedding stand for other people's: what policy they have they state themselves.
    const { "Content-Security-Policy": _, ...others } = headers;
    response.writeHead(200, {
      ...(path.startsWith("/embed/") ? others : headers),
      "Content-Type": file.type ?? "application/octet-stream",
      "Content-Length": file.body.length,
      "Cache-Control": lasting ? "public, max-age=31536000, immutable" : "no-cache",
    });
    response.end(request.method === "HEAD" ? undefined : file.body);
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
