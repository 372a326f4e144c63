#!/usr/bin/env node
// The package's command line: a thin client of the library. It reads arguments and files, asks, and prints; it
// knows no option, default, rule or formula.
//
//   exit status 0  answered
//               1  refused: the issues are on standard error
//               2  misuse of the command line itself

import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { load } from "./index.js";

const [answered, refused, misused] = [0, 1, 2];

const usage = `tensorledger: will this transformer fit, and what takes the memory?

  tensorledger estimate 'QUERY' [--json]   what a set-up takes, as a short table or as JSON with every tensor
  tensorledger limits 'QUERY' [--json]     how far the set-up can grow, and which cards would hold it
  tensorledger weights FILE [--json]       what a config.json, a .safetensors or a .gguf file holds
  tensorledger import FILE [--json]        what a command line, a DeepSpeed, Accelerate, PEFT or trainer file asks for
  tensorledger describe                    the options as JSON
  tensorledger models [--json]             the models of the catalog
  tensorledger gpus [--json]               the accelerators of the catalog
  tensorledger help                        this, and every option
  tensorledger --version

A QUERY is key=value&key=value, or a JSON object of the same keys; what is not said has its default.
Exit status: 0 answered, 1 refused (the issues are on standard error), 2 misuse.
`;

const print = (text) => process.stdout.write(text);
const complain = (text) => process.stderr.write(text);

function misuse(complaint) {
  complain(`tensorledger: ${complaint}\nRun \`tensorledger help\` for what can be said.\n`);
  return misused;
}

// ── Tables of text ───────────────────────────────────────────────────────────────────────────────

const grouped = (count) => count.toLocaleString("en-US");

function inGib(bytes) {
  const text = (bytes / 2 ** 30).toFixed(2);
  const vanishes = bytes !== 0 && /^-?0\.00$/.test(text);
  return vanishes ? (bytes < 0 ? "> -0.01" : "< 0.01") : text;
}

const sized = (bytes) => [inGib(bytes), grouped(bytes)];
const isNumber = (cell) => /^[<> -]*[\d,.]+( %)?$/.test(cell);

/** Columns as wide as their widest cell; one whose cells are all numbers stands to the right. */
function table(headings, rows) {
  const columns = headings.map((heading, at) => {
    const cells = rows.map((row) => row[at]);
    const width = Math.max(...[heading, ...cells].map((cell) => cell.length));
    const right = cells.every(isNumber);
    return { width, pad: (cell) => (right ? cell.padStart(width) : cell.padEnd(width)) };
  });
  const line = (cells) => `${cells.map((cell, at) => columns[at].pad(cell)).join("  ")}`.trimEnd();
  const rule = columns.map(({ width }) => "-".repeat(width)).join("  ");
  return `${[line(headings), rule, ...rows.map(line)].join("\n")}\n`;
}

// ── Answers as a person reads them ───────────────────────────────────────────────────────────────

function heading({ query, params }) {
  const parts = [`${grouped(params.total)} parameters`];
  if (params.active !== params.total) parts.push(`${grouped(params.active)} active for a token`);
  if (params.trainable > 0) parts.push(`${grouped(params.trainable)} trained`);
  return `${query || "(every option at its default)"}\n${parts.join(", ")}\n`;
}

function verdict({ totals, peak, fit }) {
  const takes = `${inGib(totals.device)} GiB on the device at its peak, in ${peak.phase}: `;
  return fit.fits
    ? `${takes}fits on ${fit.gpu} with ${inGib(fit.headroom)} GiB to spare.\n`
    : `${takes}does not fit on ${fit.gpu}, ${inGib(-fit.headroom)} GiB short of its ${inGib(fit.available)}.\n`;
}

function totals({ totals, beside = [] }) {
  const between = (total) =>
    beside
      .filter(({ within, bytes }) => within === total && bytes > 0)
      .map(({ name, bytes }) => [`+ ${name}`, ...sized(bytes)]);
  return table(
    ["total", "GiB", "bytes"],
    [
      ["allocated by tensors", ...sized(totals.allocated)],
      ...between("reserved"),
      ["reserved by the allocator", ...sized(totals.reserved)],
      ...between("device"),
      ["used on the device", ...sized(totals.device)],
    ],
  );
}

function components({ bytes, peak }) {
  const share = (part) => `${((100 * part) / peak.bytes).toFixed(1)} %`;
  const rows = Object.entries(bytes).filter(([, part]) => part > 0);
  return table(
    ["at the peak", "GiB", "bytes", "share"],
    rows.map(([name, part]) => [name, ...sized(part), share(part)]),
  );
}

const advised = ({ advice }) =>
  advice
    .map(
      ({ fits, query, total, cost }) =>
        `${fits ? "fits with" : "helps:"} ${query}: ${inGib(total)} GiB (${grouped(total)} B). ${cost}\n`,
    )
    .join("");

const noted = ({ notes }) => notes.map(({ message }) => `note: ${message}\n`).join("");

const paragraphs = (...texts) => texts.filter((text) => text !== "").join("\n");

const estimated = (answer) =>
  paragraphs(
    heading(answer),
    verdict(answer),
    totals(answer),
    components(answer),
    advised(answer),
    noted(answer),
  );

const reasons = {
  card: "one more does not fit",
  model: "the model's position table ends",
  range: "the option's range ends",
};

const limited = ({ query, reaches, storage, cards }) =>
  paragraphs(
    `${query}\n`,
    table(
      ["alone, this can grow", "now", "to", "GiB", "because"],
      reaches.map(({ key, now, most, device, bound }) => [
        key,
        String(now),
        String(most),
        inGib(device),
        reasons[bound],
      ]),
    ),
    storage.length === 0
      ? ""
      : table(
          ["stored as", "GiB", ""],
          storage.map(({ key, value, device, fits }) => [
            `${key}=${value}`,
            inGib(device),
            fits ? "fits" : "too much",
          ]),
        ),
    cards.length === 0
      ? "No single card of the catalog holds it.\n"
      : table(
          ["the smallest cards that hold it", "GiB to spare"],
          cards.map(({ id, headroom }) => [id, inGib(headroom)]),
        ),
  );

const weighed = ({ kind, model_type, params, bytes, tensors, notes }) =>
  paragraphs(
    `${kind} of ${model_type}\n${grouped(params.total)} parameters, ` +
      `${inGib(bytes)} GiB (${grouped(bytes)} B) as they are stored\n`,
    table(
      ["tensor", "count", "shape", "type", "GiB", "bytes", ""],
      tensors.map(({ name, count, shape, dtype, bytes, loaded }) => [
        name,
        grouped(count),
        shape,
        dtype,
        ...sized(bytes),
        loaded ? "" : "not a parameter of the model as it is loaded",
      ]),
    ),
    noted({ notes }),
  );

/** The query alone on standard output; what was not understood beside it. */
function translated({ query, unread }) {
  for (const { text, reason } of unread) complain(`left out: ${text}\n  ${reason}\n`);
  return `${query}\n`;
}

function explained({ options }) {
  const values = ({ choices, list, type, min, max, unit = "" }) => {
    if (choices) return choices.map(({ value }) => value).join(", ");
    if (list) return `one of ${list}`;
    return min === undefined ? type : `${grouped(min)} to ${grouped(max)} ${unit}`.trimEnd();
  };
  return options
    .map(
      (option) =>
        `  ${option.key}  ${option.label}. ${option.hint}\n` +
        `      ${values(option)}; default: ${option.default ?? option.auto}\n`,
    )
    .join("");
}

// ── Files: only the start of one is read, as far as its header goes ──────────────────────────────

const firstSlice = 2 ** 20;
const lastSlice = 2 ** 27;
const isCut = ({ ok, issues }) => !ok && issues.some(({ code }) => code === "truncated");

/** The start of a file and the answer to it: eight times more, until the library has enough. */
async function start(path, name, ask) {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    for (let length = firstSlice; ; length *= 8) {
      const room = Buffer.alloc(Math.min(length, lastSlice, size));
      const { bytesRead } = await file.read(room, 0, room.length, 0);
      const bytes = room.subarray(0, bytesRead);
      const answer = ask(bytes, name, size);
      if (bytesRead === size || length >= lastSlice || !isCut(answer)) {
        return { start: bytes, size, name, answer };
      }
    }
  } finally {
    await file.close();
  }
}

async function weigh(ledger, path) {
  const { start: read, answer } = await start(path, path, ledger.weights);
  if (!answer.ok || !answer.files) return answer;
  const parts = [];
  for (const name of answer.files) {
    const part = await start(join(dirname(path), name), name, ledger.weights).catch(() => {});
    if (part) parts.push(part); // one that is not there is said in the answer
  }
  return ledger.shards(read.toString(), parts);
}

const imported = async (ledger, path) =>
  (await start(path, path, (bytes) => ledger.imported(bytes.toString()))).answer;

// ── Commands ─────────────────────────────────────────────────────────────────────────────────────

function show(answer, asJson, words) {
  if (asJson) print(`${JSON.stringify(answer)}\n`);
  if (!answer.ok) {
    for (const { field, message } of answer.issues) {
      complain(`tensorledger: ${field === "" ? "" : `${field}: `}${message}\n`);
    }
    return refused;
  }
  if (!asJson) print(words(answer));
  return answered;
}

/** A command that takes one thing, a query or a file. */
const about = (what, ask, words) => async (name, given, asJson) => {
  if (given.length !== 1 || given[0].startsWith("--")) return misuse(`${name} takes one ${what}.`);
  const ledger = await load();
  try {
    return show(await ask(ledger, given[0]), asJson, words);
  } catch (error) {
    if (typeof error?.syscall !== "string") throw error;
    return misuse(`the file ${given[0]} cannot be read.`);
  }
};

/** A command that takes nothing and prints a list. */
const listing = (ask, headings, row) => async (name, given, asJson) => {
  if (given.length !== 0) return misuse(`\`${name}\` takes nothing after it.`);
  const list = ask(await load());
  print(asJson ? `${JSON.stringify(list)}\n` : table(headings, list.map(row)));
  return answered;
};

/** A command that takes nothing and prints a text. */
const text = (ask) => async (name, given, asJson) => {
  if (given.length !== 0 || asJson) return misuse(`\`${name}\` takes nothing after it.`);
  print(ask(await load()));
  return answered;
};

const help = text((ledger) => `${usage}\nOptions:\n${explained(ledger.describe())}`);

const commands = {
  estimate: about("query", (ledger, query) => ledger.estimate(query), estimated),
  limits: about("query", (ledger, query) => ledger.limits(query), limited),
  weights: about("file", weigh, weighed),
  import: about("file", imported, translated),
  models: listing(
    (ledger) => ledger.models(),
    ["model", "name", "family", "year"],
    ({ id, name, family, year }) => [id, name, family, String(year)],
  ),
  gpus: listing(
    (ledger) => ledger.accelerators(),
    ["gpu", "name", "sold as GB", "usable GiB"],
    (card) => [card.id, card.name, String(card.marketed_gb), inGib(card.usable_mib * 2 ** 20)],
  ),
  describe: text((ledger) => `${JSON.stringify(ledger.describe())}\n`),
  help,
  "--help": help,
  "-h": help,
  "--version": text((ledger) => `tensorledger ${ledger.version}\n`),
};

async function main(name, ...given) {
  if (name === undefined) {
    complain(usage);
    return misused;
  }
  if (!Object.hasOwn(commands, name)) return misuse(`there is no command \`${name}\`.`);
  const rest = given.filter((argument) => argument !== "--json");
  return commands[name](name, rest, rest.length < given.length);
}

process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(answered); // whoever reads has enough
});
process.exitCode = await main(...process.argv.slice(2));
