// What a reader does with the page, from the first answer to a pasted config.json.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { config, desktop, open, phone } from "./browser.mjs";

let site;
before(async () => {
  site = await open();
});
after(() => site?.close());

const field = (key) => `#field-${key}`;
const text = async (place) => (await place.innerText()).replaceAll("\u00a0", " ");
const verdictOf = (page) => text(page.locator(".verdict"));
/** What takes many answers to draw is drawn when it comes into sight. */
const inSight = (page, element) => page.locator(element).scrollIntoViewIfNeeded();
const settled = (page) => page.waitForSelector("tl-timeline .phases");

/** Runs a test on a fresh page, which must not complain, nor ask anything of another host. */
function onPage(name, query, run, options) {
  test(name, async () => {
    const { page, complaints, elsewhere, close } = await site.visit(query, options);
    try {
      await run(page);
      assert.deepEqual(complaints, [], "the console stays empty");
      assert.deepEqual(elsewhere, [], "nothing is asked of another host");
    } finally {
      await close();
    }
  });
}

onPage("it opens on an 8B fine-tune that does not fit a 24 GB card", "", async (page) => {
  assert.match(await verdictOf(page), /GiB .*does not fit on one .*4090/s);
  assert.match(await text(page.locator(".lead")), /GiB too much for 23\.6 GiB usable/);
  assert.match(await page.title(), /does not fit.*Llama/);
  const usable = await page.locator(".bar path.capacity").count();
  assert.equal(usable, 1, "the capacity is drawn");
});

onPage(
  "the ledger's groups add up to the peak, and its rows open to formula and source",
  "",
  async (page) => {
    const figures = (selector) =>
      page
        .locator(selector)
        .evaluateAll((cells) =>
          cells.map((cell) => Number.parseFloat(cell.textContent.replace(/[,<]/g, ""))),
        );
    await page.waitForSelector(".ledger tbody.total");
    const groups = await figures(".ledger .component td.number");
    const [total] = await figures(".ledger tbody.total td.number");
    assert.ok(Math.abs(groups.reduce((sum, value) => sum + value, 0) - total) < 0.01);
    const row = page.locator(".ledger .row button").first();
    assert.equal(await row.getAttribute("aria-expanded"), "false");
    await row.click();
    await page.waitForSelector('.ledger .row button[aria-expanded="true"]');
    const details = page.locator(".ledger .more:not([hidden])");
    assert.match(
      await details.innerText(),
      /Formula[\s\S]*×[\s\S]*Exactly[\s\S]*\d B[\s\S]*Source/,
    );
  },
);

onPage(
  "a changed field gives a new answer and a new address, and going back takes both back",
  "",
  async (page) => {
    const before = await verdictOf(page);
    await page.fill(field("batch"), "16");
    assert.notEqual(await verdictOf(page), before);
    assert.equal(new URL(page.url()).searchParams.get("batch"), "16");
    await page.goBack();
    await page.waitForFunction(
      (verdict) =>
        document.querySelector(".verdict").innerText.replaceAll("\u00a0", " ") === verdict,
      before,
    );
    assert.equal(new URL(page.url()).search, "");
    await page.goForward();
    await page.waitForFunction(() => document.querySelector("#field-batch").value === "16");
  },
);

onPage("typing a number is one step of the history, not one for each key", "", async (page) => {
  const steps = await page.evaluate(() => history.length);
  await page.fill(field("seq"), "");
  await page.locator(field("seq")).pressSequentially("4096");
  assert.equal(await page.evaluate(() => history.length), steps + 1);
  assert.equal(new URL(page.url()).searchParams.get("seq"), "4096");
});

onPage(
  "what cannot be read is said beside its field, and the last answer stays, marked",
  "",
  async (page) => {
    const before = await verdictOf(page);
    await page.fill(field("batch"), "many");
    const wrong = page.locator(`.field:has(${field("batch")})`);
    const message = await wrong.locator(".error").innerText();
    assert.match(message, /\w+ \w+ .*\./, "a full sentence");
    assert.equal(await page.locator(field("batch")).getAttribute("aria-invalid"), "true");
    const described = await page.locator(field("batch")).getAttribute("aria-describedby");
    assert.ok(described.split(" ").includes("field-batch-error"));
    assert.equal(await verdictOf(page), before);
    assert.equal(await page.locator("tl-answer .stale .verdict").count(), 1);
    assert.match(await page.locator(".refusal").innerText(), /set-up before/);
    await page.fill(field("batch"), "2");
    assert.equal(await page.locator(".error").count(), 0);
    assert.equal(await page.locator(".stale").count(), 0);
  },
);

onPage(
  "a link with an unknown key is refused, and the key can be taken out",
  "?colour=red",
  async (page) => {
    assert.equal(await page.locator(".verdict").count(), 0);
    assert.match(await page.locator(".refusal").innerText(), /colour/);
    await page.getByRole("button", { name: "Remove colour" }).click();
    await page.waitForSelector(".verdict");
    assert.ok(!page.url().includes("colour"));
  },
);

onPage("only options that mean something here are in the form", "", async (page) => {
  await page.locator(field("optimizer")).waitFor();
  await page.getByRole("radio", { name: "Run", exact: true }).check();
  assert.equal(await page.locator(field("optimizer")).count(), 0);
  assert.equal(await page.locator(field("context")).count(), 1);
  assert.match(page.url(), /task=inference/);
  assert.match(await verdictOf(page), /GiB/);
});

onPage("a model is found by typing, with the keyboard alone", "", async (page) => {
  await page.locator(field("model")).focus();
  await page.keyboard.type("gpt2");
  await page.waitForSelector('[role="option"]');
  await page.keyboard.press("Enter");
  assert.match(page.url(), /model=[\w-]*\/?gpt2/i);
  assert.match(await verdictOf(page), /: fits/);
  assert.equal(await page.locator('[role="listbox"]:visible').count(), 0);
});

onPage("Escape leaves a search as it was", "", async (page) => {
  const input = page.locator(field("gpu"));
  const before = await input.inputValue();
  await input.focus();
  await page.keyboard.type("h100");
  await page.keyboard.press("Escape");
  assert.equal(await input.inputValue(), before);
  assert.equal(new URL(page.url()).search, "");
});

onPage("everything can be reached and changed from the keyboard", "", async (page) => {
  await settled(page);
  const seen = new Set();
  for (let i = 0; i < 150; i++) {
    await page.keyboard.press("Tab");
    const where = await page.evaluate(() => {
      const { activeElement: at } = document;
      return (
        at.id ||
        at.getAttribute("role") ||
        at.closest("tl-ledger, tl-advice, tl-theme")?.localName ||
        at.className
      );
    });
    seen.add(where);
  }
  for (const key of ["model", "batch", "seq", "precision", "optimizer", "gpu"]) {
    assert.ok(seen.has(`field-${key}`), `${key} is reached`);
  }
  for (const place of ["skip", "tl-theme", "tl-ledger", "slider"]) {
    assert.ok(seen.has(place), `${place} is reached`);
  }
});

onPage("advice is a link that leads to what it says", "", async (page) => {
  const advice = page.locator(".lead a");
  const [, total] = /: ([\d.]+) GiB/.exec(await text(advice));
  const target = await advice.getAttribute("href");
  await advice.click();
  assert.match(await verdictOf(page), new RegExp(`^${total.replace(".", "\\.")} GiB`));
  assert.equal(new URL(page.url()).search, target);
});

onPage("the map says for other sizes what fits, and leads there", "", async (page) => {
  await inSight(page, "tl-map");
  await page.waitForSelector("table.map");
  const total = (text) => Number.parseFloat(text.replace(",", ""));
  const rows = await page
    .locator("table.map tbody tr")
    .evaluateAll((all) =>
      all.map((row) => [...row.querySelectorAll("td a")].map((cell) => cell.textContent.trim())),
    );
  for (const [index, row] of rows.entries()) {
    const grows = (list) => list.every((value, i) => i === 0 || value >= list[i - 1]);
    assert.ok(grows(row.map(total)), `row ${index} grows with the length`);
    if (index > 0) assert.ok(total(row[0]) >= total(rows[index - 1][0]), "and with the sequences");
  }
  const now = await page.locator("table.map td.here a").innerText();
  assert.ok((await verdictOf(page)).startsWith(`${now.split(/\s/)[0]} GiB`));
  const target = page.locator("table.map tbody tr").last().locator("td a").first();
  const [expected] = (await target.innerText()).split(/\s/);
  await target.click();
  assert.ok((await verdictOf(page)).startsWith(`${expected} GiB`));
});

onPage("two set-ups can be compared, and the comparison is part of the link", "", async (page) => {
  await page.getByRole("button", { name: "Keep this to compare" }).click();
  await page.fill(field("batch"), "4");
  const table = page.locator("table.beside");
  const batch = page.locator("table.differences tr", { hasText: "Micro-batch" });
  assert.deepEqual(await batch.locator("td").allInnerTexts(), ["1", "4"]);
  const why = page.locator("tl-beside .because");
  assert.match(await text(why), /^Now is [\d.]+ GiB larger than A, mostly because of activations/);
  const totals = await table.locator("tfoot td").allInnerTexts();
  await page.reload();
  await page.waitForSelector("table.beside");
  assert.deepEqual(await table.locator("tfoot td").allInnerTexts(), totals);
  await page.getByRole("button", { name: "Swap" }).click();
  assert.deepEqual(await batch.locator("td").allInnerTexts(), ["4", "1"]);
  assert.match(await text(why), /smaller than A/);
  await page.getByRole("button", { name: "Let go" }).click();
  assert.equal(await table.count(), 0);
});

onPage("a jump within the page leaves the address alone", "", async (page) => {
  const before = page.url();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "setup");
  assert.equal(page.url(), before);
});

onPage("the timeline is walked with the arrows, and says where it is", "", async (page) => {
  const slider = page.locator(".timeline [role=slider]");
  await slider.waitFor();
  await slider.focus();
  await page.keyboard.press("Home");
  assert.equal(await slider.getAttribute("aria-valuenow"), "1");
  await page.keyboard.press("ArrowRight");
  assert.equal(await slider.getAttribute("aria-valuenow"), "2");
  assert.match(await slider.getAttribute("aria-valuetext"), /GiB/);
});

onPage(
  "the article's figure stands beside the ledger's, with both along the sequence",
  "",
  async (page) => {
    await inSight(page, "tl-article");
    await page.waitForSelector(".sweep path.exact");
    assert.match(await text(page.locator(".compare")), /GiB[\s\S]*GiB[\s\S]*×/);
    assert.ok((await page.locator(".sweep path.article").getAttribute("d")).length > 50);
  },
);

onPage("a pasted config.json is answered, and is part of the link", "", async (page) => {
  await page.getByText("Or your own config.json").click();
  await page.fill("#config-text", JSON.stringify(config));
  await page.waitForFunction(() => location.hash.length > 1);
  const answer = await verdictOf(page);
  assert.match(answer, /: fits/);
  await page.reload();
  await page.waitForSelector(".verdict");
  assert.equal(await verdictOf(page), answer);
  await page.getByRole("button", { name: "Remove it" }).click();
  assert.notEqual(await verdictOf(page), answer);
});

onPage("a config.json can be dropped anywhere", "", async (page) => {
  await page.getByText("Or your own config.json").waitFor(); // the form comes after the first answer
  const before = await verdictOf(page);
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "config.json", { type: "application/json" }));
    document
      .querySelector("h1")
      .dispatchEvent(
        new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }),
      );
  }, JSON.stringify(config));
  await page.waitForFunction(
    (verdict) => document.querySelector(".verdict").innerText.replaceAll("\u00a0", " ") !== verdict,
    before,
  );
});

onPage(
  "a file that is not a config.json is refused beside the place where it was pasted",
  "",
  async (page) => {
    await page.getByText("Or your own config.json").click();
    await page.fill("#config-text", "{ this is not JSON");
    assert.match(await page.locator("#config-error").innerText(), /\w+ \w+ .*\./);
    assert.equal(await page.locator("tl-answer .stale .verdict").count(), 1);
  },
);

onPage("a screen reader hears a new answer once", "", async (page) => {
  const said = page.locator("p[aria-live=polite]");
  await page.waitForFunction(
    () => document.querySelector("p[aria-live=polite]").textContent !== "",
  );
  const first = await said.textContent();
  await page.evaluate(() => {
    window.heard = [];
    new MutationObserver(() => {
      window.heard.push(document.querySelector("p[aria-live=polite]").textContent);
    }).observe(document.querySelector("p[aria-live=polite]"), {
      characterData: true,
      childList: true,
      subtree: true,
    });
  });
  await page.fill(field("batch"), "");
  await page.locator(field("batch")).pressSequentially("128");
  await page.waitForFunction(
    (text) => document.querySelector("p[aria-live=polite]").textContent !== text,
    first,
  );
  await page.waitForTimeout(800);
  assert.equal((await page.evaluate(() => window.heard)).length, 1);
});

onPage(
  "the theme is the system's until the reader chooses, and the choice lasts",
  "",
  async (page) => {
    const paper = () =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await paper();
    await page.getByRole("button", { name: "Dark" }).click();
    const dark = await paper();
    assert.notEqual(dark, light);
    await page.reload();
    await page.waitForSelector(".verdict");
    assert.equal(await paper(), dark);
  },
);

for (const width of [320, phone.width, 768, desktop.width, 2560]) {
  onPage(
    `nothing is cut off at ${width} pixels`,
    "",
    async (page) => {
      await settled(page);
      const over = await page.evaluate(() =>
        [...document.querySelectorAll("tl-app *")]
          .filter((element) => !element.closest("svg, .unseen, [hidden], .skip, .patterns, .file"))
          .filter((element) => {
            const box = element.getBoundingClientRect();
            return box.width > 1 && (box.right > innerWidth + 1 || box.left < -1);
          })
          .map((element) => `${element.localName}.${element.className}`),
      );
      assert.deepEqual(over, []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    },
    { viewport: { width, height: 800 } },
  );
}

onPage("the ledger by place in the model has the same total", "", async (page) => {
  const total = page.locator(".ledger tbody.total td.number").first();
  const before = await total.innerText();
  await page.getByLabel("By place in the model").check();
  const places = await page.locator(".ledger .component th").allInnerTexts();
  assert.ok(places.includes("layers.mlp") && places.includes("lm_head"), places.join(", "));
  assert.equal(await total.innerText(), before);
});

onPage(
  "what one layer keeps adds up, and has one sheet for each kind of layer",
  "",
  async (page) => {
    const figures = (selector) =>
      page
        .locator(selector)
        .evaluateAll((cells) =>
          cells.map((cell) => Number.parseFloat(cell.textContent.replace(/[,<]/g, ""))),
        );
    await page.waitForSelector(".kept tfoot");
    const modules = await figures(".kept .module td.number");
    const [total] = await figures(".kept tfoot td.number");
    assert.ok(modules.length > 2);
    assert.ok(Math.abs(modules.reduce((sum, value) => sum + value, 0) - total) < 0.01);
    assert.match(await text(page.locator(".kept tbody").first()), /b × s × h/);
    await page.getByLabel("Outside the layers").check();
    assert.match(await text(page.locator(".kept")), /log-probabilities/);
  },
);
