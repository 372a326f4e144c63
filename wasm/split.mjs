// Cuts the linked module in two: tensorledger.wasm has the functions that the set-ups of first.txt run, and
// tensorledger.rest.wasm all others, on the same memory and table. What runs is seen, not guessed: an
// instrumented copy answers those set-ups and notes which functions it came through.
//
//   node split.mjs LINKED.wasm LINKED.js FOLDER    FOLDER has index.js and the tables; the two parts go there
//
// Without Binaryen's wasm-split the first part is the whole, and the rest is empty.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [linked, glue, folder] = process.argv.slice(2).map((path) => resolve(path));
const tools = process.env.BINARYEN ?? "";
const work = join(dirname(linked), "split");
const inWork = (name) => join(work, name);
const inFolder = (name) => join(folder, name);
const features = ["mutable-globals", "sign-ext", "nontrapping-float-to-int", "bulk-memory"];

function run(tool, ...given) {
  execFileSync(join(tools, tool), [...given, ...features.map((name) => `--enable-${name}`)]);
}

function can(tool) {
  try {
    execFileSync(join(tools, tool), ["--help"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The profile of the set-ups of first.txt, answered by the instrumented module. */
async function profile() {
  for (const name of ["index.js", "catalog.txt"]) copyFileSync(inFolder(name), inWork(name));
  copyFileSync(glue, inWork("tensorledger.js"));
  writeFileSync(inWork("package.json"), '{ "type": "module" }\n');
  const { begin } = await import(pathToFileURL(inWork("index.js")));
  let exported; // of our module: node has modules of its own
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate(...given);
    if (made.exports?.write_profile) exported ??= made.exports;
    return made;
  };
  const first = await begin({ wasmBinary: readFileSync(inWork("instrumented.wasm")) });
  first.models();
  first.accelerators();
  first.describe();
  const setUps = readFileSync(fileURLToPath(new URL("first.txt", import.meta.url)), "utf8");
  for (const line of setUps.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const answer = await first.totals(line);
    if (!answer.ok) throw new Error(`${line}: ${JSON.stringify(answer.issues)}`);
  }
  const memory = Object.values(exported).find((value) => value instanceof WebAssembly.Memory);
  const room = 1 << 20;
  const at = memory.buffer.byteLength;
  memory.grow(room >> 16);
  const size = exported.write_profile(at, room);
  return new Uint8Array(memory.buffer, at, size);
}

mkdirSync(work, { recursive: true });
if (!can("wasm-split")) {
  copyFileSync(linked, inFolder("tensorledger.wasm"));
  writeFileSync(inFolder("tensorledger.rest.wasm"), new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  process.exit(0);
}
run("wasm-opt", linked, "--strip-debug", "-o", inWork("whole.wasm"));
run(
  "wasm-split",
  ...["--instrument", "--profile-export=write_profile"],
  ...[inWork("whole.wasm"), "-o", inWork("instrumented.wasm")],
);
writeFileSync(inWork("seen.profile"), await profile());
run(
  "wasm-split",
  ...["--import-namespace=first", "--placeholder-namespace=rest", "--export-prefix=%"],
  ...[`--profile=${inWork("seen.profile")}`, inWork("whole.wasm")],
  ...["-o1", inWork("first.wasm"), "-o2", inWork("rest.wasm")],
);
run("wasm-opt", "-Oz", inWork("first.wasm"), "-o", inFolder("tensorledger.wasm"));
run("wasm-opt", "-Oz", inWork("rest.wasm"), "-o", inFolder("tensorledger.rest.wasm"));
