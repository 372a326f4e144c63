// Without a network: the site after one visit, and the whole tool in one file from disk.

import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { after, before, test } from "node:test";
import { open } from "./browser.mjs";

const instead = new Map();
let site;
before(async () => {
  site = await open(instead);
});
after(() => site?.close());

const text = async (place) => (await place.innerText()).replaceAll("\u00a0", " ");

test("after one visit the site opens and answers with the network cut", async () => {
  const { page, complaints, close } = await site.visit("?model=openai-community/gpt2");
  try {
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      await new Promise((done) => {
        const wait = () =>
          registration.active?.state === "activated" ? done() : setTimeout(wait, 50);
        wait();
      });
    });
    const before = await text(page.locator(".verdict"));
    await page.context().setOffline(true);
    await page.reload();
    await page.waitForSelector("tl-kept table");
    assert.equal(await text(page.locator(".verdict")), before);
    await page.fill("#field-batch", "4");
    await page.waitForFunction(
      (old) => document.querySelector(".verdict").innerText.replaceAll("\u00a0", " ") !== old,
      before,
    );
    await page.locator("tl-map").scrollIntoViewIfNeeded();
    await page.waitForSelector("table.map");
    await page.locator(".ledger .row button").first().click();
    assert.match(await text(page.locator(".ledger .more:not([hidden])")), /Source/);
    assert.deepEqual(complaints, []);
  } finally {
    await close();
  }
});

test("a newer version waits until the reader takes it", async () => {
  const { page, close } = await site.visit();
  try {
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.reload();
    await page.waitForSelector("tl-kept table");
    assert.equal(await page.locator(".newer").count(), 0, "no newer version, no offer");
    const worker = await readFile(new URL("../../web/dist/sw.js", import.meta.url));
    instead.set("/sw.js", {
      body: Buffer.concat([worker, Buffer.from("// newer")]),
      type: "text/javascript",
    });
    await page.fill("#field-batch", "3");
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    await page.waitForSelector(".newer");
    assert.equal(
      await page.inputValue("#field-batch"),
      "3",
      "nothing is reloaded under the reader's hands",
    );
    await Promise.all([page.waitForEvent("load"), page.locator(".newer button").click()]);
    await page.waitForSelector("tl-kept table");
    assert.equal(await page.inputValue("#field-batch"), "3");
    assert.equal(await page.locator(".newer").count(), 0);
  } finally {
    await close();
  }
});

test("the tool in one file works from disk, and asks nobody for anything", async () => {
  const file = new URL("../../web/dist/tensorledger.html", import.meta.url);
  const { size } = await stat(file);
  console.log(`    figure: tensorledger.html ${Math.round(size / 1024)} KiB of 700`);
  const context = await site.browser.newContext();
  const page = await context.newPage();
  const complaints = [];
  const asked = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:") && !request.url().startsWith("data:"))
      asked.push(request.url());
  });
  try {
    await page.goto(`${file.href}?model=openai-community/gpt2&batch=8`);
    await page.waitForSelector("tl-kept table");
    assert.match(await text(page.locator(".verdict")), /GiB/);
    await page.fill("#field-batch", "16");
    await page.locator(".ledger .row button").first().click();
    await page.waitForSelector(".ledger .more:not([hidden]) a");
    assert.deepEqual(complaints, []);
    assert.deepEqual(asked, []);
    assert.doesNotMatch(await readFile(file, "utf8"), /(src|href)="https?:/);
    assert.ok(size <= 700 * 1024, `${size} bytes`);
  } finally {
    await context.close();
  }
});
