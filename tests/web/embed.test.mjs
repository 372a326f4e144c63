// The element and the frame, in the pages of web/embed: each feature as somebody else's page has it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axeSource, desktop, open, phone } from "./browser.mjs";

let site;
before(async () => {
  site = await open();
});
after(() => site?.close());

const text = async (place) => (await place.innerText()).replaceAll("\u00a0", " ");

/** Opens a page of web/embed, which must not complain. */
function onPage(name, file, run, viewport = desktop) {
  test(name, async () => {
    const context = await site.browser.newContext({ viewport });
    const page = await context.newPage();
    const complaints = [];
    const asked = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => asked.push(request.url()));
    try {
      await page.goto(`${site.address}embed/${file}`);
      await run(page, asked);
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
    }
  });
}

onPage(
  "one line shows the answer to a set-up, and leads to the whole tool",
  "one.html",
  async (page) => {
    const verdict = page.locator("tensor-ledger .verdict");
    assert.match(await text(verdict), /GiB .*fits on one .*4090/s);
    assert.equal(await page.locator("tensor-ledger svg.bar path.capacity").count(), 1);
    const link = page.locator("tensor-ledger a");
    const address = new URL(await link.getAttribute("href"));
    assert.equal(address.searchParams.get("batch"), "8");
    await link.click();
    await page.waitForSelector("tl-app .verdict");
    assert.match(await text(page.locator(".verdict")), /fits on one .*4090/s);
  },
);

onPage("several elements share one module", "several.html", async (page, asked) => {
  await page.waitForFunction(
    () =>
      [...document.querySelectorAll("tensor-ledger")].filter((element) =>
        element.shadowRoot?.querySelector(".verdict"),
      ).length === 3,
  );
  const binaries = asked.filter((url) => url.endsWith(".wasm"));
  assert.ok(binaries.length > 0);
  assert.equal(new Set(binaries).size, binaries.length);
});

onPage("it takes the colours of the page around it", "themed.html", async (page) => {
  const verdict = page.locator("tensor-ledger .verdict");
  await verdict.waitFor();
  const [ink, paper] = await verdict.evaluate((element) => [
    getComputedStyle(element).color,
    getComputedStyle(element.getRootNode().host).backgroundColor,
  ]);
  assert.equal(ink, "rgb(232, 238, 245)");
  assert.equal(paper, "rgb(16, 36, 58)");
});

onPage("the answer comes as an event, and a refusal too", "event.html", async (page) => {
  const bytes = page.locator("#bytes");
  await page.waitForFunction(() => document.querySelector("#bytes").textContent !== "");
  const before = Number(await bytes.textContent());
  await page.fill("#batch", "16");
  await page.waitForFunction(
    (old) => Number(document.querySelector("#bytes").textContent) > old,
    before,
  );
  await page.fill("#batch", "0");
  await page.waitForFunction(() => /batch/.test(document.querySelector("#bytes").textContent));
});

onPage("it works under a strict Content-Security-Policy", "strict.html", async (page) => {
  assert.match(await text(page.locator("tensor-ledger .verdict")), /GiB/);
});

onPage(
  "a set-up without an answer keeps what the page says, with the reason",
  "refused.html",
  async (page) => {
    await page.locator("tensor-ledger .refusal li").waitFor();
    assert.match(await text(page.locator("tensor-ledger .refusal")), /batch/);
    assert.match(await page.locator("tensor-ledger").textContent(), /What stands here stays/);
  },
);

onPage("a frame shows the answer alone", "frame.html", async (page) => {
  const frame = page.frameLocator("iframe");
  await frame.locator(".verdict").waitFor();
  assert.equal(await frame.locator("#setup").count(), 0);
  const link = await frame.locator(".whole a").getAttribute("href");
  assert.doesNotMatch(link, /embed/);
});

for (const [name, viewport] of Object.entries({ phone, desktop })) {
  onPage(
    `nothing stands in the way of a reader on a ${name}`,
    "one.html",
    async (page) => {
      await page.locator("tensor-ledger .verdict").waitFor();
      await page.evaluate(axeSource);
      const { violations } = await page.evaluate(() =>
        globalThis.axe.run("tensor-ledger", { rules: { region: { enabled: false } } }),
      );
      assert.deepEqual(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`),
        [],
      );
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.equal(wide, false);
    },
    viewport,
  );
}
