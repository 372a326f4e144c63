import { defineConfig } from "vite";

// The compiled module stands outside this folder; `serve` says where. Everything else is the default.
const module = process.env.TENSORLEDGER_MODULE ?? "../build-wasm/package/index.js";

export default defineConfig({
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
