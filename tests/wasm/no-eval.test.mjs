// The module works where code may not be made from strings, in the main thread and in a worker.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

const index = new URL("../../build-wasm/package/index.js", import.meta.url).href;
const script = `
  const { load } = await import(${JSON.stringify(index)});
  const ledger = await load();
  const answer = ledger.estimate("model=gpt2");
  if (!answer.ok) throw new Error(JSON.stringify(answer.issues));
`;

test("with code generation from strings switched off", () => {
  execFileSync(process.execPath, [
    "--disallow-code-generation-from-strings",
    "--input-type=module",
    "--eval",
    script,
  ]);
});

test("in a worker thread", async () => {
  const source = `import(${JSON.stringify(index)}).then(async ({ load }) => {
    const ledger = await load();
    require("node:worker_threads").parentPort.postMessage(ledger.estimate("model=gpt2"));
  });`;
  const worker = new Worker(source, { eval: true });
  const answer = await new Promise((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  });
  await worker.terminate();
  assert.equal(answer.ok, true, JSON.stringify(answer.issues));
});
