// The built page in a headless Chromium, as a reader has it: under its Content-Security-Policy, from a
// static server on localhost. Whatever it asks of another host, and whatever it complains of in the
// console, is kept for the tests to look at.

import { createRequire } from "node:module";
import { serve } from "../../web/server.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

export const axeSource = require("axe-core").source;

const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const phone = { width: 390, height: 844 };
export const desktop = { width: 1440, height: 900 };

/** A Llama of nobody's, as its config.json. */
export const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 1024,
  intermediate_size: 2816,
  num_hidden_layers: 8,
  num_attention_heads: 16,
  num_key_value_heads: 4,
  vocab_size: 32000,
  max_position_embeddings: 4096,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: false,
};

/** The site in a browser; `instead` has what the server sends in place of some of its files. */
export async function open(instead = new Map()) {
  const site = await serve(0, instead);
  const browser = await chromium.launch({
    executablePath: process.env.TENSORLEDGER_BROWSER ?? "/usr/bin/chromium",
    args: quiet,
  });
  return {
    address: site.address,
    browser,

    /** A fresh page at a query, once it has answered (or refused). */
    async visit(query = "", { viewport = desktop, colorScheme = "light", ...others } = {}) {
      const context = await browser.newContext({ viewport, colorScheme, ...others });
      const page = await context.newPage();
      const complaints = [];
      const elsewhere = [];
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("request", (request) => {
        if (!request.url().startsWith(site.address) && !request.url().startsWith("blob:")) {
          elsewhere.push(request.url());
        }
      });
      await page.goto(site.address + query);
      await page.waitForSelector(".verdict, .refusal");
      return { page, complaints, elsewhere, close: () => context.close() };
    },

    async close() {
      await browser.close();
      site.close();
    },
  };
}
