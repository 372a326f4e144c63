// The shipped package, as someone who imports it meets it: the same files that a page loads.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const folder = new URL("../../build-wasm/package/", import.meta.url);
const { load } = await import(new URL("index.js", folder));
const ledger = await load();
const schema = ledger.describe();
const query = "model=meta-llama/Llama-3.1-8B&seq=2048";

test("the version is that of the package", async () => {
  const manifest = JSON.parse(await readFile(new URL("package.json", folder), "utf8"));
  assert.equal(ledger.version, manifest.version);
  assert.equal(ledger.estimate(query).version, manifest.version);
});

test("a query string and the same set-up as an object have the same answer", () => {
  const asked = ledger.estimate(query);
  assert.equal(asked.ok, true, JSON.stringify(asked.issues));
  const again = ledger.estimate({ model: "meta-llama/Llama-3.1-8B", seq: 2048 });
  assert.deepEqual(again, asked);
});

test("an answer is plain data: it survives a structured clone and JSON", () => {
  const answer = ledger.estimate(query);
  assert.deepEqual(structuredClone(answer), answer);
  assert.deepEqual(JSON.parse(JSON.stringify(answer)), answer);
});

test("every size is an exact integer", () => {
  const answer = ledger.estimate(query);
  for (const row of answer.rows) {
    assert.ok(Number.isSafeInteger(row.bytes), row.name);
  }
  for (const bytes of Object.values(answer.totals)) {
    assert.ok(Number.isSafeInteger(bytes));
  }
});

test("text beyond ASCII comes through", () => {
  const answer = ledger.estimate(query);
  assert.ok(answer.rows.some((row) => /[×·–]/.test(row.shape + row.alive + row.formula)));
});

test("the totals are those of the full answer", () => {
  const answer = ledger.estimate(query);
  const { ok, totals } = ledger.totals(query);
  assert.equal(ok, true);
  assert.deepEqual(totals, answer.totals);
});

test("the bibliography is read from the file beside the module, once", async () => {
  const works = await ledger.bibliography();
  assert.ok(works.some((work) => work.key === "transformers"));
  assert.equal(ledger.bibliography(), ledger.bibliography());
});

test("the lists are there and are read once", () => {
  assert.ok(ledger.models().length >= 60);
  assert.ok(ledger.accelerators().length >= 80);
  assert.equal(ledger.describe(), schema);
});

// Embind alone would turn each of these into some number or other.
const nonsense = [
  ["a negative batch", { model: "meta-llama/Llama-3.1-8B", batch: -1 }, "batch"],
  ["a fraction of a batch", { model: "meta-llama/Llama-3.1-8B", batch: 1.5 }, "batch"],
  ["a batch that is a word", { model: "meta-llama/Llama-3.1-8B", batch: "many" }, "batch"],
  ["a batch that is an object", { model: "meta-llama/Llama-3.1-8B", batch: {} }, "batch"],
  [
    "a batch that is not a number",
    { model: "meta-llama/Llama-3.1-8B", batch: Number.NaN },
    "batch",
  ],
  ["a batch beyond 64 bits", { model: "meta-llama/Llama-3.1-8B", batch: 1e30 }, "batch"],
  [
    "an optimizer that does not exist",
    { model: "meta-llama/Llama-3.1-8B", optimizer: "adam9" },
    "optimizer",
  ],
  ["a key that does not exist", { model: "meta-llama/Llama-3.1-8B", batches: 1 }, "batches"],
  ["a model that is a number", { model: 8 }, "model"],
];

for (const [what, setup, field] of nonsense) {
  test(`${what} is refused, in a sentence, with no figure`, () => {
    const answer = ledger.estimate(setup);
    assert.equal(answer.ok, false);
    assert.equal(answer.issues[0].field, field, JSON.stringify(answer.issues));
    assert.match(answer.issues[0].message, /^[A-Z`].*[.?]$/s);
    assert.equal(answer.totals, undefined);
  });
}

const cycle = {};
cycle.self = cycle;
for (const setup of [undefined, null, 7, true, [], () => {}, cycle, { batch: 1n }]) {
  test(`a set-up that is ${typeof setup} (${String(setup)}) is refused`, () => {
    for (const ask of [ledger.estimate, ledger.totals]) {
      const answer = ask(setup);
      assert.equal(answer.ok, false);
      assert.equal(answer.issues.length > 0, true);
    }
  });
}

test("bytes, their buffer and their text are the same file", () => {
  const text = JSON.stringify({
    architectures: ["GPT2LMHeadModel"],
    model_type: "gpt2",
    n_embd: 768,
    n_head: 12,
    n_layer: 12,
    n_positions: 1024,
    vocab_size: 50257,
  });
  const bytes = new TextEncoder().encode(text);
  const answer = ledger.weights(text, "config.json");
  assert.equal(answer.ok, true, JSON.stringify(answer.issues));
  assert.equal(answer.params.total, 124_439_808);
  assert.deepEqual(ledger.weights(bytes, "config.json"), answer);
  assert.deepEqual(ledger.weights(bytes.buffer, "config.json"), answer);
  const inside = new Uint8Array(bytes.length + 8).fill(65);
  inside.set(bytes, 4);
  assert.deepEqual(ledger.weights(inside.subarray(4, 4 + bytes.length), "config.json"), answer);
});

test("what is not a file's content is refused", () => {
  for (const file of [undefined, null, 3, {}, "not a model", new Uint8Array(3)]) {
    const answer = ledger.weights(file, "config.json");
    assert.equal(answer.ok, false);
    assert.ok(answer.issues[0].message.length > 10);
  }
});

test("of a file its start and its whole size are enough, and of an index its files' starts", () => {
  const whole = 3 * 2 ** 30;
  const json = JSON.stringify({
    a: { dtype: "BF16", shape: [whole / 2], data_offsets: [0, whole] },
  });
  const start = new Uint8Array(8 + json.length);
  new DataView(start.buffer).setBigUint64(0, BigInt(json.length), true);
  new TextEncoder().encodeInto(json, start.subarray(8));
  const size = start.length + whole;
  const answer = ledger.weights(start, "a.safetensors", size);
  assert.equal(answer.bytes, whole, JSON.stringify(answer.issues));
  assert.equal(ledger.weights(start, "a.safetensors", size - 1).ok, false);
  const index = JSON.stringify({ weight_map: { a: "a.safetensors", b: "b.safetensors" } });
  const files = [{ name: "a.safetensors", start, size }];
  const missing = ledger.shards(index, files);
  assert.match(missing.issues[0].message, /b\.safetensors/);
  const alone = JSON.stringify({ weight_map: { a: "a.safetensors" } });
  assert.equal(ledger.shards(alone, files).bytes, whole);
});

test("a command line of another tool is a set-up", () => {
  const said = ledger.imported("llama-server -m some.gguf -c 8192 -ctk q8_0 --made-up");
  assert.equal(said.ok, true, JSON.stringify(said.issues));
  assert.equal(said.query, "task=inference&engine=llamacpp&context=8192&kv_k=q8_0");
  assert.deepEqual(
    said.unread.map(({ text }) => text.slice(1, -1)),
    ["-m some.gguf", "--made-up"],
  );
  for (const text of ["hello", "{}", "", undefined, 3, null]) {
    assert.equal(ledger.imported(text).ok, false);
  }
});

test("a thousand answers leave the memory where it was", async () => {
  const { instantiate } = WebAssembly;
  let memory;
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate(...given);
    memory ??= Object.values(made.exports ?? {}).find(
      (value) => value instanceof WebAssembly.Memory,
    );
    return made;
  };
  const other = await load();
  WebAssembly.instantiate = instantiate;
  for (let round = 0; round < 200; ++round) other.estimate(query);
  const settled = memory.buffer.byteLength;
  for (let round = 0; round < 1000; ++round) other.estimate(query);
  assert.equal(memory.buffer.byteLength, settled);
});

test("the module starts from bytes, a compiled module or a response as well", async () => {
  const bytes = await readFile(new URL("tensorledger.wasm", folder));
  const response = new Response(bytes, { headers: { "content-type": "application/wasm" } });
  for (const wasmBinary of [
    bytes,
    await WebAssembly.compile(bytes),
    response,
    Promise.resolve(bytes),
  ]) {
    const other = await load({ wasmBinary });
    assert.equal(other.version, ledger.version);
  }
});

test("a binary that is not one is a rejection, not a hang", async () => {
  await assert.rejects(load({ wasmBinary: new Uint8Array(8) }), WebAssembly.CompileError);
  await assert.rejects(load({ wasmBinary: new Response("no", { status: 404 }) }), /404/);
});

test("nothing in the glue needs eval", async () => {
  for (const name of ["index.js", "tensorledger.js"]) {
    const text = await readFile(new URL(name, folder), "utf8");
    assert.doesNotMatch(text, /\beval\s*\(|new Function\b|Function\s*\(\s*["'`]/, name);
  }
});

test("limits say how far a set-up can grow, or why it is refused", () => {
  const limits = ledger.limits("model=openai-community/gpt2&gpu=rtx-4090-24gb");
  assert.equal(limits.ok, true);
  const [batch] = limits.reaches;
  assert.equal(batch.key, "batch");
  const fits = (value) =>
    ledger.totals(`model=openai-community/gpt2&gpu=rtx-4090-24gb&batch=${value}`).fit.fits;
  assert.deepEqual([fits(batch.most), fits(batch.most + 1)], [true, false]);
  assert.ok(limits.cards.length > 0);
  assert.equal(ledger.limits({ batch: -1 }).ok, false);
});
