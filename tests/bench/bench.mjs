// The same as bench.cpp in the module that ships, under node: a query string in, a plain object out,
// both crossings and JSON.parse included.

import { readFileSync } from "node:fs";

const { load } = await import(new URL("../../build-wasm/package/index.js", import.meta.url));
const ledger = await load();

function microseconds(call) {
  const samples = 21;
  let calls = 1;
  const time = () => {
    const start = performance.now();
    for (let index = 0; index < calls; ++index) call();
    return (performance.now() - start) * 1000;
  };
  while (time() < 10_000) calls *= 2;
  return Math.min(...Array.from({ length: samples }, () => time() / calls));
}

for (const line of readFileSync(0, "utf8").trim().split("\n")) {
  const [family, layers, query] = line.split(/\s+/);
  const answer = ledger.estimate(query);
  if (!answer.ok) throw new Error(`${query}: ${JSON.stringify(answer.issues)}`);
  const totals = microseconds(() => ledger.totals(query));
  const whole = microseconds(() => ledger.estimate(query));
  console.log(`${family} ${layers} ${totals.toFixed(2)} ${whole.toFixed(2)}`);
}
