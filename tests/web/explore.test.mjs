// What a reader explores once the first answer is there: how it grows, what fits, what a layer does, which tensors are
// large, how several set-ups differ; and what is taken along.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { open, phone } from "./browser.mjs";

let site;
before(async () => {
  site = await open();
});
after(() => site?.close());

const field = (key) => `#field-${key}`;
const text = async (place) => (await place.innerText()).replaceAll("\u00a0", " ");
const verdictOf = (page) => text(page.locator(".verdict"));

/** Runs a test on a fresh page, which must not complain, nor ask anything of another host. */
function onPage(name, query, run, options) {
  test(name, async () => {
    const { page, complaints, elsewhere, close } = await site.visit(query, options);
    try {
      await page.waitForSelector("tl-trust table");
      await run(page);
      assert.deepEqual(complaints, [], "the console stays empty");
      assert.deepEqual(elsewhere, [], "nothing is asked of another host");
    } finally {
      await close();
    }
  });
}

/** What takes many answers to draw is drawn when it comes into sight. */
async function drawn(page, element, part) {
  await page.locator(element).scrollIntoViewIfNeeded();
  await page.waitForSelector(`${element} ${part}`);
}

async function saved(page, click) {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return [download.suggestedFilename(), await readFile(await download.path())];
}

onPage("memory against the length crosses the card where the limits say", "", async (page) => {
  await drawn(page, "tl-limits", "dl.limits a");
  await drawn(page, "tl-sweep", "svg");
  const slider = page.locator("tl-sweep [role=slider]");
  const [, most] = /up to ([\d,]+) tokens/.exec(await text(page.locator("dl.limits")));
  await slider.focus();
  await page.keyboard.press("Home");
  const seen = [];
  for (let i = 0; i < 60; i++) {
    const value = Number(await slider.getAttribute("aria-valuenow"));
    if (seen.at(-1)?.value === value) break;
    seen.push({ value, fits: / fits$/.test(await slider.getAttribute("aria-valuetext")) });
    await page.keyboard.press("ArrowRight");
  }
  const last = seen.filter(({ fits }) => fits).at(-1);
  assert.equal(last.value, Number(most.replaceAll(",", "")));
  assert.ok(seen.length >= 30, `${seen.length} points`);
  assert.equal(await page.locator("tl-sweep path.capacity").count(), 1);
  assert.ok((await page.locator("tl-sweep path.segment").count()) >= 3, "stacked by component");
  assert.equal(await page.locator("tl-sweep path.article").count(), 2, "the article's curve");
});

onPage("the curve runs over other quantities, and is a table too", "", async (page) => {
  await drawn(page, "tl-sweep", "svg");
  await page.locator("tl-sweep").getByLabel("Layers").check();
  await page.waitForFunction(() =>
    /Layers, layers/.test(document.querySelector("tl-sweep svg.sweep-chart")?.textContent ?? ""),
  );
  await page.getByText("The same as a table").click();
  const totals = await page
    .locator("tl-sweep tbody tr")
    .evaluateAll((rows) =>
      rows.map((row) =>
        Number.parseFloat([...row.querySelectorAll("td.number")].at(-1).textContent),
      ),
    );
  assert.ok(totals.length >= 8);
  assert.ok(totals.every((value, index) => index === 0 || value >= totals[index - 1]));
});

onPage("a chart is saved as SVG, PNG and CSV, with its colours", "", async (page) => {
  await drawn(page, "tl-sweep", "svg");
  const chart = page.locator("tl-sweep .takes");
  const [svgName, svg] = await saved(page, () => chart.getByText("SVG").click());
  assert.match(svgName, /\.svg$/);
  assert.match(svg.toString(), /xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.match(svg.toString(), /<pattern [^>]*id="fill-weights"/);
  assert.doesNotMatch(svg.toString(), /var\(--/);
  const [, png] = await saved(page, () => chart.getByText("PNG").click());
  assert.equal(png.subarray(1, 4).toString(), "PNG");
  assert.ok(png.length > 5000, `${png.length} bytes`);
  const [, csv] = await saved(page, () => chart.getByText("CSV").click());
  const lines = csv.toString().trim().split("\r\n");
  assert.match(lines[0], /weights.*device,available$/);
  assert.ok(lines.length > 20);
});

onPage(
  "the stair says what fits, and moves with the slider without a stutter",
  "",
  async (page) => {
    await drawn(page, "tl-fits", "svg.fits path.capacity");
    const stair = () => page.locator("tl-fits svg.fits path.capacity").getAttribute("d");
    const before = await stair();
    assert.ok(before.split("H").length >= 60, "as many columns as there are cells");
    await page.evaluate(() => {
      window.longest = 0;
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) {
          window.longest = Math.max(window.longest, duration);
        }
      }).observe({ type: "longtask" });
    });
    const range = page.locator("tl-fits input[type=range]");
    await range.focus();
    for (let i = 0; i < 6; i++) await page.keyboard.press("ArrowRight");
    await page.waitForFunction(
      (old) => document.querySelector("tl-fits svg.fits path.capacity").getAttribute("d") !== old,
      before,
      { timeout: 60_000 },
    );
    const longest = await page.evaluate(() => window.longest);
    console.log(`    figure: longest task while the slider moved ${Math.round(longest)} ms of 50`);
    const use = page.locator("tl-fits .slider a");
    const value = await page.locator("tl-fits output").innerText();
    await use.click();
    assert.match(page.url(), new RegExp(`=${value}(&|$)`));
  },
);

onPage("a cell of the stair leads to its set-up", "", async (page) => {
  await drawn(page, "tl-fits", "svg.fits path.capacity");
  const box = await page.locator("tl-fits .plot").boundingBox();
  await page.mouse.click(box.x + 60, box.y + box.height - 60);
  await page.waitForFunction(() => /seq=/.test(location.search));
  assert.match(await verdictOf(page), /: fits/);
});

onPage("the areas are the ledger's, by tensor and by layer", "", async (page) => {
  await drawn(page, "tl-treemap", "svg");
  const count = () => page.locator("tl-treemap rect.tile").count();
  const tensors = await count();
  assert.ok(tensors > 20);
  await page.locator("tl-treemap").getByLabel("By layer").check();
  const layers = await count();
  assert.notEqual(layers, tensors);
  await page.locator("tl-treemap").getByRole("radio", { name: "Weights" }).check();
  assert.ok((await count()) < layers);
  const label = await page.locator("tl-treemap svg").getAttribute("aria-label");
  assert.match(label.replaceAll("\u00a0", " "), /Weights [\d.]+ GiB/);
});

onPage("the timeline shows one layer, tensor by tensor", "", async (page) => {
  await page.locator("tl-timeline").getByLabel("One layer, forward").check();
  const slider = page.locator(".timeline [role=slider]");
  assert.ok(Number(await slider.getAttribute("aria-valuemax")) > 20);
  await slider.focus();
  await page.keyboard.press("Home");
  assert.match(await slider.getAttribute("aria-valuetext"), /layers\.\w+/);
  await page.locator("tl-timeline").getByLabel("One layer, backward").check();
  await page.keyboard.press("End");
  assert.match(await text(page.locator(".timeline .readout")), /backward/);
});

onPage("four set-ups stand side by side, with what makes the difference", "", async (page) => {
  await page.getByRole("button", { name: "Keep this to compare" }).click();
  await page.fill(field("batch"), "2");
  await page.getByRole("button", { name: "Keep this one too" }).click();
  await page.fill(field("batch"), "4");
  await page.getByRole("button", { name: "Keep this one too" }).click();
  await page.selectOption(field("checkpointing"), { label: "Full" });
  assert.equal(await page.getByRole("button", { name: "Keep this one too" }).count(), 0);
  assert.deepEqual(await page.locator("table.beside thead th").allInnerTexts(), [
    "GiB",
    "A",
    "B",
    "C",
    "Now",
  ]);
  const batch = page.locator("table.differences tr", { hasText: "Micro-batch" });
  assert.deepEqual(await batch.locator("td").allInnerTexts(), ["1", "2", "4", "4"]);
  await page.locator(".pick select").selectOption({ label: "C" });
  assert.match(
    await text(page.locator("tl-beside .because")),
    /^Now is [\d.]+ GiB smaller than C, mostly because of activations \(−[\d.]+ GiB\)/,
  );
  const sizes = (await page.locator("table.changes td").allInnerTexts()).slice(0, -1);
  const values = sizes.map((cell) => Math.abs(Number.parseFloat(cell.replace("−", "-"))));
  assert.ok(values.every((value, index) => index === 0 || value <= values[index - 1]));
  const totals = await page.locator("table.beside tfoot td").allInnerTexts();
  await page.reload();
  await page.waitForSelector("table.beside");
  assert.deepEqual(await page.locator("table.beside tfoot td").allInnerTexts(), totals);
});

onPage("figures are in GB where the reader says so, and nowhere mixed", "", async (page) => {
  const [before] = (await verdictOf(page)).split(" ");
  await page.getByRole("button", { name: "GB", exact: true }).click();
  await drawn(page, "tl-limits", "dl.limits a");
  await drawn(page, "tl-sweep", "svg");
  await drawn(page, "tl-fits", "svg");
  await drawn(page, "tl-article", "svg");
  const [after, unit] = (await verdictOf(page)).split(" ");
  assert.equal(unit, "GB");
  assert.ok(Math.abs(Number(after) / Number(before) - 1.0737) < 0.01);
  // The table of errors quotes what others print.
  const words = await page.evaluate(() =>
    [...document.querySelectorAll("tl-app > *, .explanation section:not(:has(tl-trust))")]
      .filter((part) => !part.querySelector("tl-trust"))
      .map((part) => part.textContent)
      .join(" "),
  );
  assert.doesNotMatch(words, /\b[GM]iB\b/);
  await page.reload();
  await page.waitForSelector(".verdict");
  assert.match(await verdictOf(page), /^[\d.]+ GB/);
  await page.waitForSelector("tl-trust table");
  await page.getByRole("button", { name: "GB", exact: true }).click();
  assert.match(await verdictOf(page), /^[\d.]+ GiB/);
});

onPage("recent set-ups stay in the browser until they are forgotten", "", async (page) => {
  await page.fill(field("batch"), "2");
  await page.waitForSelector(".recent");
  await page.fill(field("batch"), "4");
  await page.waitForFunction(() => document.querySelectorAll(".recent li").length === 2);
  await page.reload();
  await page.waitForSelector(".recent");
  await page.locator(".recent summary").click();
  await page.locator(".recent li", { hasText: "batch=2" }).locator("a").click();
  assert.equal(new URL(page.url()).searchParams.get("batch"), "2");
  await page.getByRole("button", { name: "Forget them" }).click();
  await page.reload();
  await page.waitForSelector("#field-batch");
  assert.equal(await page.locator(".recent").count(), 0);
});

onPage("the answer is taken along as JSON, CSV, Markdown and a sentence", "", async (page) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const taken = page.locator("tl-export");
  const copied = async (name) => {
    await taken.getByRole("button", { name }).click();
    await taken.getByText("Copied").waitFor();
    const words = await page.evaluate(() => navigator.clipboard.readText());
    await taken.getByText("Copied").waitFor({ state: "detached" });
    return words;
  };
  const sentence = await copied("A sentence");
  assert.match(sentence, /^tensorledger \d.*GiB.*does not fit.*allocated [\d,]+ B.*http/is);
  assert.doesNotMatch(sentence, /\n/);
  const table = await copied("A Markdown table");
  assert.match(table, /\| \| GiB \|\n\|---\|---:\|\n\| Weights \| [\d.]+ \|/);
  const [, json] = await saved(page, () => taken.getByRole("button", { name: "JSON" }).click());
  const answer = JSON.parse(json);
  assert.ok(answer.ok && answer.rows.length > 10);
  const [, csv] = await saved(page, () => taken.getByRole("button", { name: "CSV" }).click());
  assert.ok(csv.toString().split("\r\n").length > answer.rows.length);
});

onPage(
  "serving shows the command and the cache",
  "?task=inference&engine=llamacpp",
  async (page) => {
    const line = page.locator("pre.launch");
    if (await line.count()) assert.match(await line.innerText(), /llama-server/);
    await drawn(page, "tl-sweep", "svg");
    assert.match(await text(page.locator("tl-sweep")), /Context/);
  },
);

/** Little-endian bytes of a GGUF header, version 3. */
function gguf() {
  const parts = [];
  const bytes = (...list) => parts.push(Buffer.from(list));
  const u32 = (value) => {
    const part = Buffer.alloc(4);
    part.writeUInt32LE(value);
    parts.push(part);
  };
  const u64 = (value) => {
    const part = Buffer.alloc(8);
    part.writeBigUInt64LE(BigInt(value));
    parts.push(part);
  };
  const string = (words) => {
    u64(words.length);
    parts.push(Buffer.from(words));
  };
  const number = (key, value) => {
    string(key);
    u32(4);
    u32(value);
  };
  const tensors = [
    ["token_embd.weight", [4096, 128256]],
    ["output_norm.weight", [4096]],
  ];
  for (let i = 0; i < 32; i++) {
    for (const [name, shape] of [
      ["attn_norm", [4096]],
      ["attn_q", [4096, 4096]],
      ["attn_k", [4096, 1024]],
      ["attn_v", [4096, 1024]],
      ["attn_output", [4096, 4096]],
      ["ffn_norm", [4096]],
      ["ffn_gate", [4096, 14336]],
      ["ffn_up", [4096, 14336]],
      ["ffn_down", [14336, 4096]],
    ]) {
      tensors.push([`blk.${i}.${name}.weight`, shape]);
    }
  }
  bytes(...Buffer.from("GGUF"));
  u32(3);
  u64(tensors.length);
  u64(8);
  string("general.architecture");
  u32(8);
  string("llama");
  number("general.file_type", 1);
  number("llama.block_count", 32);
  number("llama.embedding_length", 4096);
  number("llama.feed_forward_length", 14336);
  number("llama.attention.head_count", 32);
  number("llama.attention.head_count_kv", 8);
  number("llama.context_length", 131072);
  let offset = 0;
  for (const [name, shape] of tensors) {
    string(name);
    u32(shape.length);
    for (const size of shape) u64(size);
    u32(1);
    u64(offset);
    offset += shape.reduce((product, size) => product * size, 2);
  }
  const header = Buffer.concat(parts);
  return {
    header: Buffer.concat([header, Buffer.alloc((32 - (header.length % 32)) % 32)]),
    data: offset,
  };
}

/** Drops files on the page, each a header and so many zeros: gigabytes that are nowhere. */
async function drop(page, files) {
  await page.evaluate((files) => {
    const zeros = new Blob([new Uint8Array(2 ** 26)]);
    const data = new DataTransfer();
    for (const { name, header, zero } of files) {
      const parts = [Uint8Array.from(atob(header), (letter) => letter.charCodeAt(0))];
      for (let left = zero; left > 0; left -= 2 ** 26) {
        parts.push(left >= 2 ** 26 ? zeros : zeros.slice(0, left));
      }
      data.items.add(new File(parts, name));
    }
    document
      .querySelector("h1")
      .dispatchEvent(
        new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }),
      );
  }, files);
}

onPage(
  "of a GGUF of many gigabytes the header is read, and its network taken over",
  "",
  async (page) => {
    const { header, data } = gguf();
    const name = "llama.gguf";
    await drop(page, [{ name, header: header.toString("base64"), zero: data }]);
    await page.waitForSelector("tl-held .figures");
    const held = await text(page.locator("tl-held"));
    assert.match(held, /llama\.gguf: read 1,048,576 of 1[45],\d{3},\d{3},\d{3} B/);
    assert.match(held, /290/);
    assert.match(page.url(), /task=inference/);
    assert.match(page.url(), /engine=llamacpp/);
    assert.match(await verdictOf(page), /1[3456]\.\d GiB/);
  },
);

/** The start of a .safetensors file of one tensor. */
function safetensors(tensor, bytes) {
  const json = Buffer.from(
    JSON.stringify({ [tensor]: { dtype: "BF16", shape: [bytes / 2], data_offsets: [0, bytes] } }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json]).toString("base64");
}

onPage(
  "an index and its shards are read together, and a missing shard is named",
  "",
  async (page) => {
    const giant = 3 * 2 ** 30;
    const names = [1, 2].map((number) => `model-0000${number}-of-00002.safetensors`);
    const index = Buffer.from(
      JSON.stringify({ metadata: {}, weight_map: { "a.weight": names[0], "b.weight": names[1] } }),
    );
    const files = [
      { name: "model.safetensors.index.json", header: index.toString("base64"), zero: 0 },
      { name: names[0], header: safetensors("a.weight", giant), zero: giant },
      { name: names[1], header: safetensors("b.weight", giant), zero: giant },
    ];
    await drop(page, files);
    await page.waitForSelector("tl-held .figures");
    assert.match(await text(page.locator("tl-held")), /6\.00 GiB[\s\S]*6,442,450,944 B/);
    await drop(page, files.slice(0, 2));
    await page.waitForSelector("tl-held .error");
    assert.match(await text(page.locator("tl-held")), /model-00002-of-00002\.safetensors/);
    await page.getByRole("button", { name: "Close" }).click();
    assert.equal(await page.locator("tl-held").count(), 0);
  },
);

for (const width of [320, phone.width]) {
  onPage(
    `nothing of it is cut off at ${width} pixels`,
    "",
    async (page) => {
      await page.getByRole("button", { name: "Keep this to compare" }).click();
      await page.fill(field("batch"), "2");
      await drawn(page, "tl-sweep", "svg");
      await drawn(page, "tl-fits", "svg");
      await drawn(page, "tl-treemap", "svg");
      const over = await page.evaluate(() =>
        [...document.querySelectorAll("tl-app *")]
          .filter(
            (element) =>
              !element.closest("svg, .unseen, [hidden], .skip, .patterns, .file, .scrolling"),
          )
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
