import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { defineConfig, type Plugin } from "vite";
import { pagesOfEmbedding, serviceWorker, singleFile } from "./site";

// The compiled module stands outside this folder; `serve` says where. Everything else is the default.
const module = process.env.TENSORLEDGER_MODULE ?? "../build-wasm/package/index.js";

/// What the built page says of itself at its top: the module and its catalog, so that they load beside the
/// script and not after it; and the few lines that set the theme before the first paint, allowed by their hash.
const head: Plugin = {
  name: "head",
  transformIndexHtml: {
    order: "post",
    async handler(html, { bundle }) {
      const theme = await readFile(new URL("src/theme.js", import.meta.url), "utf8");
      const hash = createHash("sha256").update(theme).digest("base64");
      const files = Object.keys(bundle ?? {}).filter((name) =>
        /\/(tensorledger|catalog)-[^/.]*\.(wasm|txt)$/.test(name),
      );
      const preloads = files.map(
        (name) => `<link rel="preload" as="fetch" crossorigin href="./${name}" />`,
      );
      return html
        .replace("script-src 'self'", `script-src 'self' 'sha256-${hash}'`)
        .replace("<!-- theme.js -->", () => `${preloads.join("")}<script>${theme}</script>`);
    },
  },
};

const index = new URL(module, import.meta.url).pathname;
const site = new URL("dist", import.meta.url).pathname;

export default defineConfig({
  plugins: [head, pagesOfEmbedding(site), singleFile(site, index), serviceWorker(site)],
  base: "./",
  define: { SINGLE_FILE: "false" },
  resolve: { alias: { tensorledger: index } },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rollupOptions: {
      input: { index: "index.html", "embed/define": "src/embed/define.ts" },
      preserveEntrySignatures: "exports-only",
      output: {
        entryFileNames: ({ name }) =>
          name.startsWith("embed/") ? "[name].js" : "assets/[name]-[hash].js",
      },
    },
  },
  server: { fs: { strict: false } },
});
