// What was written for another tool, and what the Hugging Face Hub has of a model: pasted, typed, dropped, fetched.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axeSource, config, open, phone } from "./browser.mjs";

let site;
before(async () => {
  site = await open();
});
after(() => site?.close());

const hub = "https://huggingface.co/";

function onPage(name, run, { asks = [], options } = {}) {
  test(name, async () => {
    const { page, complaints, elsewhere, close } = await site.visit("", options);
    try {
      await page.getByText("Or your own config.json").click();
      await run(page);
      const ours = complaints.filter((text) => !/Failed to load resource/.test(text));
      assert.deepEqual(ours, [], "the console stays empty");
      assert.deepEqual(elsewhere, asks, "nothing else is asked of another host");
    } finally {
      await close();
    }
  });
}

const urlOf = (id, name) => `${hub}${id}/resolve/main/${name}`;
const both = (id) => [urlOf(id, "config.json"), urlOf(id, "model.safetensors.index.json")];

/** Pastes as a reader does: the whole text in one event. */
async function paste(page, text) {
  await page.fill("#config-text", text);
}

onPage("a pasted command line is a set-up, and what was left out is listed", async (page) => {
  await paste(page, "llama-server -m some.gguf -c 16384 -np 2 -ctk q8_0 --port 80 --made-up 3");
  const said = page.locator(".said");
  await said.waitFor();
  assert.match(await said.innerText(), /llama\.cpp.*read/);
  const left = await said.locator(":scope > ul li").allInnerTexts();
  assert.equal(left.length, 2);
  assert.match(left[0], /some\.gguf.*drop it/);
  assert.match(left[1], /--made-up 3/);
  const query = new URL(page.url()).searchParams;
  assert.equal(query.get("context"), "16384");
  assert.equal(query.get("sequences"), "2");
  assert.equal(await page.inputValue("#config-text"), "");
  await said.getByRole("button", { name: "Close" }).click();
  assert.equal(await said.count(), 0);
});

onPage("a line that is typed counts when it is complete", async (page) => {
  const before = page.url();
  await page.locator("#config-text").pressSequentially("torchrun t.py --lora_r 16 --use_peft");
  assert.equal(page.url(), before);
  await page.keyboard.press("Tab");
  await page.locator(".said").waitFor();
  assert.match(page.url(), /method=lora/);
  assert.match(page.url(), /lora_rank=16/);
});

onPage("what is no set-up is refused, and the answer stays", async (page) => {
  const before = await page.locator(".verdict").innerText();
  await paste(page, "make me a sandwich");
  assert.match(await page.locator("#config-error").innerText(), /neither JSON nor/);
  assert.equal(await page.locator(".verdict").innerText(), before);
});

onPage(
  "a model of the Hub is fetched when the button is pressed, and not before",
  async (page) => {
    const asked = [];
    await page.route(`${hub}**`, (route) => {
      asked.push(route.request());
      const known = route.request().url().endsWith("/config.json");
      return route.fulfill({
        status: known ? 200 : 404,
        headers: { "access-control-allow-origin": "*" },
        contentType: "application/json",
        body: known ? JSON.stringify(config) : "",
      });
    });
    await page.fill("#hub-name", "some/model");
    await page.waitForTimeout(200);
    assert.equal(asked.length, 0);
    await page.getByRole("button", { name: "Fetch it" }).click();
    await page.waitForFunction(() => location.hash.length > 1);
    for (const request of asked) {
      assert.equal((await request.allHeaders()).referer, undefined);
      assert.equal((await request.allHeaders()).cookie, undefined);
    }
    assert.equal(JSON.parse(await page.inputValue("#config-text")).hidden_size, 1024);
  },
  { asks: both("some/model") },
);

onPage(
  "a model that the Hub does not give is said in a sentence",
  async (page) => {
    const before = await page.locator(".verdict").innerText();
    for (const [status, words] of [
      [404, /no config\.json/],
      [401, /not open to everybody/],
      [500, /answers 500/],
      [0, /cannot be reached/],
    ]) {
      await page.unroute(`${hub}**`);
      await page.route(`${hub}**`, (route) =>
        status === 0
          ? route.abort()
          : route.fulfill({ status, headers: { "access-control-allow-origin": "*" }, body: "" }),
      );
      await page.fill("#hub-name", "https://huggingface.co/some/model/");
      await page.keyboard.press("Enter");
      await page.waitForFunction(
        (source) =>
          new RegExp(source).test(document.querySelector("#hub-error")?.textContent ?? ""),
        words.source,
      );
    }
    await page.fill("#hub-name", "../../etc");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() =>
      /owner\/name/.test(document.querySelector("#hub-error")?.textContent ?? ""),
    );
    assert.equal(await page.locator(".verdict").innerText(), before);
  },
  { asks: [1, 2, 3, 4].flatMap(() => both("some/model")) },
);

onPage(
  "the notice is accessible, and as wide as a phone",
  async (page) => {
    await paste(page, `llama-server -c 8192 --made-up ${"x".repeat(300)} -hf a/b:q4_k_m`);
    await page.locator(".said").waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} px too wide`);
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(() => window.axe.run(".setup"));
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
      [],
    );
  },
  { options: { viewport: phone } },
);
