// The package as someone gets it: packed, installed from the tarball in an empty folder without a network, and used
// from there: imported, run by npx, compiled against, bundled.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const built = fileURLToPath(new URL("../../build-wasm/package/", import.meta.url));
const tools = fileURLToPath(new URL("../../web/node_modules/", import.meta.url));
const npmIsThere = spawnSync("npm", ["--version"]).status === 0;
const withNpm = npmIsThere ? {} : { skip: "npm is not installed" };
const withTools = (name) =>
  npmIsThere && existsSync(join(tools, name))
    ? {}
    : { skip: `${name} is not in web/node_modules (npm ci --prefix web)` };

const scratch = mkdtempSync(join(tmpdir(), "tensorledger-package-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
const env = {
  ...process.env,
  npm_config_cache: join(scratch, "cache"),
  npm_config_update_notifier: "false",
  npm_config_offline: "true",
};
delete env.NODE_TEST_CONTEXT;

const folder = mkdtempSync(join(scratch, "empty-"));
const inFolder = (name) => join(folder, name);
const written = (name, content) => {
  writeFileSync(inFolder(name), content);
  return name;
};
const ran = (command, ...given) =>
  spawnSync(command, given, { cwd: folder, env, encoding: "utf8", maxBuffer: 1 << 26 });
const program = (...given) => ran(join("node_modules", ".bin", "tensorledger"), ...given);

if (npmIsThere) {
  const packed = execFileSync("npm", ["pack", built, "--silent", "--pack-destination", scratch], {
    env,
    encoding: "utf8",
  });
  const installed = ran(
    "npm",
    ...["install", "--offline", "--no-audit", "--no-fund", join(scratch, packed.trim())],
  );
  assert.equal(installed.status, 0, installed.stderr);
}

const home = inFolder("node_modules/tensorledger");
const fresh = npmIsThere ? join(home, "index.js") : join(built, "index.js");
const { load } = await import(pathToFileURL(fresh));
const ledger = await load();
const fitting = "model=openai-community/gpt2&batch=8";
const tooMuch = "model=meta-llama/Llama-3.1-8B&method=lora&seq=1024&gpu=rtx-4090-24gb";

test("the tarball has what the package names, and the licences", withNpm, () => {
  const manifest = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  const files = new Set(readdirSync(home));
  for (const name of ["README.md", "LICENSE", "THIRD_PARTY.txt"]) assert.ok(files.has(name), name);
  for (const name of manifest.files) assert.ok(files.delete(name), `${name} is missing`);
  files.delete("package.json");
  assert.deepEqual([...files], []);
  assert.equal(manifest.dependencies, undefined);
  for (const path of Object.values(manifest.exports).flatMap((way) =>
    typeof way === "string" ? way : Object.values(way),
  )) {
    assert.ok(existsSync(join(home, path)), path);
  }
});

test("it is imported by its name, and answers", withNpm, () => {
  written(
    "use.mjs",
    `import { load } from "tensorledger";
     const { estimate } = await load();
     console.log(JSON.stringify(estimate(${JSON.stringify(fitting)})));`,
  );
  const { status, stdout, stderr } = ran(process.execPath, "use.mjs");
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), ledger.estimate(fitting));
});

test("the files for `load` are there under the package's name", withNpm, () => {
  written(
    "files.mjs",
    `import { readFileSync } from "node:fs";
     import { load } from "tensorledger";
     const read = (name) => readFileSync(new URL(import.meta.resolve("tensorledger/" + name)));
     const { version } = await load({
       wasmBinary: read("tensorledger.wasm"), restBinary: read("tensorledger.rest.wasm"),
       catalog: read("catalog.txt"), restCatalog: read("catalog.rest.txt"),
     });
     console.log(version);`,
  );
  const flag =
    Number.parseInt(process.versions.node, 10) < 20 ? ["--experimental-import-meta-resolve"] : [];
  const { status, stdout, stderr } = ran(process.execPath, ...flag, "files.mjs");
  assert.equal(status, 0, stderr);
  assert.equal(stdout.trim(), ledger.version);
});

test("npx tensorledger answers as the library does", withNpm, () => {
  for (const query of [fitting, tooMuch]) {
    const asked = ["tensorledger", "estimate", query, "--json"];
    const { status, stdout, stderr } = ran("npx", "--no-install", ...asked);
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), ledger.estimate(query));
  }
  const limits = program("limits", fitting, "--json");
  assert.deepEqual(JSON.parse(limits.stdout), ledger.limits(fitting));
  assert.deepEqual(JSON.parse(program("describe").stdout), ledger.describe());
  assert.equal(program("--version").stdout, `tensorledger ${ledger.version}\n`);
});

test("without --json it is a text with the verdict, the figures and the advice", withNpm, () => {
  const { status, stdout } = program("estimate", tooMuch);
  const { totals, fit, bytes, advice } = ledger.estimate(tooMuch);
  assert.equal(status, 0);
  assert.match(stdout, new RegExp(`does not fit on ${fit.gpu}`));
  for (const size of [...Object.values(totals), ...Object.values(bytes)]) {
    assert.ok(size === 0 || stdout.includes(size.toLocaleString("en-US")), String(size));
  }
  for (const { query, cost } of advice) assert.ok(stdout.includes(query) && stdout.includes(cost));
});

test("the lists, the limits and the help are texts that name what the library has", withNpm, () => {
  const said = (...given) => program(...given).stdout;
  const lists = [
    [said("models"), ledger.models().map(({ id }) => id)],
    [said("gpus"), ledger.accelerators().map(({ id }) => id)],
    [said("help"), ledger.describe().options.map(({ key, label }) => `  ${key}  ${label}. `)],
    [said("limits", fitting), ledger.limits(fitting).cards.map(({ id }) => id)],
  ];
  for (const [text, names] of lists) {
    assert.ok(names.length > 0);
    for (const name of names) assert.ok(text.includes(name), name);
    assert.doesNotMatch(text, /undefined|NaN|\[object/);
  }
});

test("what is refused has status 1, misuse has status 2, each with a sentence", withNpm, () => {
  const refusals = [
    ["estimate", "batch=-1"],
    ["limits", "gpu=none-such"],
    ["import", written("poem.txt", "Roses.\n")],
  ];
  for (const given of refusals) {
    const { status, stdout, stderr } = program(...given);
    assert.deepEqual([status, stdout], [1, ""], given.join(" "));
    assert.match(stderr, /^tensorledger: .*[.?]\n$/s);
    const asJson = program(...given, "--json");
    assert.equal(asJson.status, 1);
    assert.equal(JSON.parse(asJson.stdout).ok, false);
  }
  const misuses = [
    [],
    ["fly"],
    ["estimate"],
    ["estimate", "a", "b"],
    ["estimate", "--fast"],
    ["weights", "none-such"],
    ["models", "x"],
  ];
  for (const given of misuses) {
    const { status, stdout, stderr } = program(...given);
    assert.deepEqual([status, stdout], [2, ""], given.join(" "));
    assert.match(stderr, /^tensorledger: /);
  }
});

/** A .safetensors file of one tensor, its header padded to `least` bytes. */
function safetensors(name, least = 0) {
  const header = JSON.stringify({
    [name]: { dtype: "BF16", shape: [2, 3], data_offsets: [0, 12] },
  });
  const padded = Buffer.from(header.padEnd(Math.max(least, header.length)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, Buffer.alloc(12)]);
}

test("files are read: a config, a command line, weights, an index with its shards", withNpm, () => {
  const config = JSON.stringify({
    ...{ architectures: ["GPT2LMHeadModel"], model_type: "gpt2" },
    ...{ n_embd: 768, n_head: 12, n_layer: 12, n_positions: 1024, vocab_size: 50257 },
  });
  const read = (...given) => {
    const { status, stdout, stderr } = program(...given, "--json");
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout);
  };
  assert.deepEqual(
    read("weights", written("config.json", config)),
    ledger.weights(config, "config.json", config.length),
  );
  const line = "vllm serve Qwen/Qwen3-8B --max-model-len 8192 --none-such 3\n";
  assert.deepEqual(read("import", written("run.sh", line)), ledger.imported(line));
  const { stdout, stderr } = program("import", "run.sh");
  assert.equal(stdout, `${ledger.imported(line).query}\n`);
  assert.match(stderr, /none-such/);
  const long = safetensors("b.weight", 3 << 20); // longer than what is read at first
  written("a.safetensors", safetensors("a.weight"));
  written("b.safetensors", long);
  assert.equal(read("weights", "b.safetensors").bytes, 12);
  const index = {
    metadata: {},
    weight_map: { "a.weight": "a.safetensors", "b.weight": "b.safetensors" },
  };
  const whole = read("weights", written("model.safetensors.index.json", JSON.stringify(index)));
  assert.equal(whole.bytes, 24);
  assert.match(program("weights", "model.safetensors.index.json").stdout, /a\.weight.*b\.weight/s);
});

test("who reads only the start of the output ends it quietly", withNpm, () => {
  const { stdout, stderr } = ran(
    "sh",
    "-c",
    "node_modules/.bin/tensorledger describe | head -c 20",
  );
  assert.deepEqual([stdout.length, stderr], [20, ""]);
});

test("TypeScript finds the types", withTools("typescript"), () => {
  written(
    "use.ts",
    `import { type Answer, load, type SetUp } from "tensorledger";
     const setUp: SetUp = { model: "openai-community/gpt2", batch: 8, optimizer: "adamw" };
     const answer: Answer = (await load()).estimate(setUp);
     export const bytes: number = answer.ok ? answer.totals.device : 0;
     // @ts-expect-error
     export const wrong: SetUp = { batch: "many" };`,
  );
  written("package.json", '{ "type": "module" }');
  for (const [module, resolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ]) {
    const { status, stdout } = ran(
      process.execPath,
      ...[join(tools, "typescript/bin/tsc"), "--noEmit", "--strict", "--target", "es2022"],
      ...["--lib", "es2022,dom", "--types", "", "--module", module],
      ...["--moduleResolution", resolution, "use.ts"],
    );
    assert.equal(status, 0, stdout);
  }
});

test("a bundler takes it along, binaries and all", withTools("vite"), () => {
  written("index.html", '<!doctype html><script type="module" src="./main.js"></script>');
  written("main.js", 'import { load } from "tensorledger"; console.log((await load()).version);');
  const { status, stderr } = ran(
    process.execPath,
    ...[join(tools, "vite/bin/vite.js"), "build", "--logLevel", "warn", "--target", "es2022"],
  );
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /node:|externalized/);
  const made = readdirSync(inFolder("dist/assets"));
  const kinds = [/^tensorledger-.*\.wasm$/, /^tensorledger\.rest-.*\.wasm$/, /^catalog-.*\.txt$/];
  for (const kind of kinds)
    assert.ok(
      made.some((name) => kind.test(name)),
      String(kind),
    );
});
