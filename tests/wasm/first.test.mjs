// The module in two parts: the first answers its set-ups without the other, and what it cannot answer is answered
// as the whole does.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const folder = new URL("../../build-wasm/package/", import.meta.url);
const { begin, load } = await import(new URL("index.js", folder));
const whole = await load();
const binary = (name) => readFile(new URL(name, folder));
const listed = (await readFile(new URL("../../wasm/first.txt", import.meta.url), "utf8"))
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

/** A beginning that says whether the rest of the module was asked for. */
async function beginning() {
  let asked = false;
  const restBinary = {
    // biome-ignore lint/suspicious/noThenProperty: it is awaited when it is needed, and says so
    then(resolve, reject) {
      asked = true;
      binary("tensorledger.rest.wasm").then(resolve, reject);
    },
  };
  const first = await begin({ restBinary });
  return { first, asked: () => asked };
}

for (const query of listed) {
  test(`the first part answers ${query} by itself`, async () => {
    const { first, asked } = await beginning();
    assert.equal(JSON.stringify(await first.totals(query)), JSON.stringify(whole.totals(query)));
    assert.equal(asked(), false);
  });
}

const others = [
  "model=openai-community/gpt2",
  "model=meta-llama/Llama-3.1-8B&task=inference&engine=llamacpp&weights=q4_k_m",
  "model=google-bert/bert-base-uncased&optimizer=adafactor&precision=fp16-mixed",
  "model=meta-llama/Llama-3.1-8B&batches=2",
  "model=meta-llama/Llama-3.1-8B&batch=-1",
  "model=nobody/nothing",
  "",
];
for (const query of others) {
  test(`${query || "the defaults"}: the same answer from the beginning and from the whole`, async () => {
    const { first } = await beginning();
    for (const again of [1, 2]) {
      const found = await first.totals(query);
      assert.equal(JSON.stringify(found), JSON.stringify(whole.totals(query)), `time ${again}`);
    }
    assert.equal(
      JSON.stringify(await first.totals(listed[0])),
      JSON.stringify(whole.totals(listed[0])),
    );
  });
}

test("the lists are the same in both", async () => {
  const { first, asked } = await beginning();
  assert.equal(first.version, whole.version);
  const words = new Set(["label", "hint", "help", "source", "auto"]);
  const bare = (described) =>
    JSON.parse(JSON.stringify(described, (key, value) => (words.has(key) ? undefined : value)));
  assert.deepEqual(bare(first.describe()), bare(whole.describe()));
  assert.deepEqual(first.models(), whole.models());
  assert.deepEqual(first.accelerators(), whole.accelerators());
  assert.equal(asked(), false);
  const complete = await first.complete();
  assert.equal(await first.complete(), complete);
  assert.deepEqual(complete.estimate(listed[0]), whole.estimate(listed[0]));
});

test("a rest that cannot be had is a rejection, not a hang", async () => {
  const first = await begin({ restBinary: new Response("no", { status: 404 }) });
  await assert.rejects(first.totals("model=openai-community/gpt2"), /404/);
  await assert.rejects(first.complete(), /404/);
});
