import { defineConfig, type Plugin } from "vite";

// The compiled module stands outside this folder; `serve` says where. Everything else is the default.
const module = process.env.TENSORLEDGER_MODULE ?? "../build-wasm/package/index.js";

/// The browser learns of the module from the page itself, and loads it beside the script, not after it.
const early: Plugin = {
  name: "early",
  transformIndexHtml: {
    order: "post",
    handler(_, { bundle }) {
      const binary = Object.keys(bundle ?? {}).find((name) => name.endsWith(".wasm"));
      if (!binary) return [];
      const href = `./${binary}`;
      const attrs = {
        rel: "preload",
        href,
        as: "fetch",
        type: "application/wasm",
        crossorigin: true,
      };
      return [{ tag: "link", attrs, injectTo: "head" }];
    },
  },
};

export default defineConfig({
  plugins: [early],
  base: "./",
  resolve: { alias: { tensorledger: new URL(module, import.meta.url).pathname } },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { fs: { strict: false } },
});
