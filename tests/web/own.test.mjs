// The page holds no option of its own: no key, no value of a choice, no default is spelled out in its sources, but
// for the case that it opens on. And what it loads stays small.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { open } from "./browser.mjs";

const web = fileURLToPath(new URL("../../web/", import.meta.url));
const module = process.env.TENSORLEDGER_MODULE ?? "../../build-wasm/package/index.js";
const { load } = await import(module);
const described = (await load()).describe();

function sources(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? sources(path) : [path];
  });
}

/** What the page may say although an option is called so too: the components of an answer, and words of
 * JavaScript and HTML. */
const shared = new Set([
  ...["weights", "gradients", "optimizer", "activations", "logits", "kv_cache", "state", "buffers"],
  ...["cache", "context"],
  ...[
    "none",
    "all",
    "full",
    "auto",
    "list",
    "fixed",
    "true",
    "false",
    "loop",
    "model",
    "mask",
    "static",
  ],
]);

test("no source of the page spells out an option or a value of one", () => {
  const words = new Set();
  for (const option of described.options) {
    words.add(option.key);
    for (const { value } of option.choices ?? []) words.add(value);
  }
  const units = new Set(described.options.map(({ unit }) => unit));
  const found = [];
  for (const path of sources(join(web, "src"))) {
    if (!path.endsWith(".ts") || path.endsWith("/opening.ts")) continue;
    const code = readFileSync(path, "utf8").replace(/^\s*\/\/.*$|\bfit\.gpu\b/gm, "");
    for (const word of words) {
      if (shared.has(word) || units.has(word)) continue;
      const escaped = word.replace(/[-]/g, "\\$&");
      const literal = new RegExp(`["'\`]${escaped}["'\`=]|(?<!\\.)\\.${escaped}\\b(?!\\()`);
      if (literal.test(code)) found.push(`${path.slice(web.length)}: ${word}`);
    }
  }
  assert.deepEqual(found, []);
});

/** When the verdict was on the screen, in ms after the navigation began. */
const answeredAt = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries()[0].renderTime)).observe({
          type: "element",
          buffered: true,
        });
      }),
  );

test("the first answer takes no more than it did, compressed", async (context) => {
  const site = await open();
  try {
    const seen = [];
    const { page, close } = await site.visit();
    const loaded = await page.evaluate(() => {
      const [answered] = performance.getEntriesByName("answer");
      const entries = [
        ...performance.getEntriesByType("navigation"),
        ...performance.getEntriesByType("resource"),
      ];
      return entries
        .filter(({ startTime }) => startTime <= answered.startTime)
        .map(({ name }) => name);
    });
    await close();
    let total = 0;
    for (const name of loaded) {
      const { pathname } = new URL(name);
      const file = join(web, "dist", pathname === "/" ? "index.html" : pathname);
      const bytes = brotliCompressSync(readFileSync(file)).length;
      total += bytes;
      seen.push(`${pathname} ${bytes}`);
    }
    context.diagnostic(
      `figure: first answer ${(total / 1000).toFixed(1)} KB brotli of 110 (${seen.join(", ")})`,
    );
    assert.ok(
      loaded.some((name) => name.endsWith(".wasm")),
      "the module is among it",
    );
    assert.ok(!loaded.some((name) => name.includes(".rest")), "the rest of the module is not");
    // The goal is 110 KB. What fails is growth beyond what it takes today.
    assert.ok(total <= 162_000, `${total} bytes`);
  } finally {
    await site.close();
  }
});

test("how long the first answer takes is measured beside an empty page", async (context) => {
  const site = await open();
  try {
    const times = { page: [], empty: [] };
    for (let i = 0; i < 7; i++) {
      const { page, close } = await site.visit();
      times.page.push(await answeredAt(page));
      await page.goto("data:text/html,<h1 elementtiming='empty'>Nothing</h1>");
      times.empty.push(await answeredAt(page));
      await close();
    }
    const median = (list) => list.sort((a, b) => a - b)[3];
    const [ours, empty] = [median(times.page), median(times.empty)];
    context.diagnostic(
      `figure: first answer after ${ours.toFixed(0)} ms of 150, an empty page after ${empty.toFixed(0)} ms ` +
        "(medians of 7, localhost)",
    );
    // A figure, not a verdict: what a busy machine takes says nothing about the page.
    assert.ok(ours > 0);
  } finally {
    await site.close();
  }
});
