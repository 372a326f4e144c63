// What the reader's own files hold. Of a file of weights only the header is read, a slice of its start that grows as far
// as the header needs; nothing leaves the page.

import type { Refused, Weights } from "tensorledger";
import type { Engine } from "./engine";
import { t } from "./words";

/// What is read of a file at first, and at most: no header is larger.
const firstSlice = 2 ** 20;
const lastSlice = 2 ** 27;

/// What a set of dropped files came to.
export interface Found {
  name: string;
  /// The files' whole size, and how much of them was read.
  size: number;
  read: number;
  answer: Weights | Refused;
}

interface Start {
  name: string;
  start: Uint8Array<ArrayBuffer>;
  size: number;
}

async function startOf(file: File, length: number): Promise<Start> {
  const start = new Uint8Array(await file.slice(0, length).arrayBuffer());
  return { name: file.name, start, size: file.size };
}

/// Does the reader say that the header goes on beyond what it was given?
function isCut({ ok, issues }: Weights | Refused): boolean {
  return !ok && issues.some(({ code }) => code === "truncated");
}

/// The start of a file up to the end of its header: eight times more, until the reader has enough.
async function headerOf(file: File, files: Engine["files"]): Promise<[Start, Weights | Refused]> {
  for (let length = firstSlice; ; length *= 8) {
    const start = await startOf(file, Math.min(length, lastSlice));
    const answer = files.weights(start.start, file.name, file.size);
    const all = start.start.length === file.size || length >= lastSlice;
    if (all || !isCut(answer)) return [start, answer];
  }
}

const isText = (file: File) => !/\.(gguf|safetensors)$/i.test(file.name);

/// A text that is no index of shards is a config.json.
export function isConfig(name: string): boolean {
  return !/(\.gguf|\.safetensors|\.index\.json)$/i.test(name);
}

/// What some files hold, read together where one is an index of the others.
export async function read(given: readonly File[], files: Engine["files"]): Promise<Found> {
  const index = given.find(({ name }) => /\.index\.json$/i.test(name));
  const parts = given.filter((file) => !isText(file));
  if (index) {
    const text = await index.text();
    const starts = await Promise.all(parts.map((file) => headerOf(file, files)));
    return {
      name: index.name,
      size: given.reduce((sum, { size }) => sum + size, 0),
      read: text.length + starts.reduce((sum, [{ start }]) => sum + start.length, 0),
      answer: files.shards(
        text,
        starts.map(([start]) => start),
      ),
    };
  }
  const [file] = parts;
  if (!file) {
    const issues = [{ field: "", code: "type", message: t.files.none }];
    const answer: Refused = { ok: false, version: "", issues, notes: [] };
    return { name: "", size: 0, read: 0, answer };
  }
  const found = await Promise.all(parts.map((part) => headerOf(part, files)));
  const answers = found.map(([, answer]) => answer);
  return {
    name: parts.map(({ name }) => name).join(", "),
    size: parts.reduce((sum, { size }) => sum + size, 0),
    read: found.reduce((sum, [{ start }]) => sum + start.length, 0),
    answer: answers.length === 1 && answers[0] ? answers[0] : together(parts, answers),
  };
}

/// Several files without an index: their tensors one after the other. One that cannot be read is named.
function together(
  parts: readonly File[],
  answers: readonly (Weights | Refused)[],
): Weights | Refused {
  const bad = answers.findIndex(({ ok }) => !ok);
  if (bad >= 0) {
    const issues = (answers[bad]?.issues ?? []).map((issue) => ({
      ...issue,
      message: `${parts[bad]?.name}: ${issue.message}`,
    }));
    return { ok: false, version: "", issues, notes: [] };
  }
  const all = answers.filter((answer): answer is Weights => answer.ok);
  const sum = (of: (answer: Weights) => number) => all.reduce((bytes, each) => bytes + of(each), 0);
  const [first] = all as [Weights];
  return {
    ...first,
    notes: all.flatMap(({ notes }) => notes),
    bytes: sum(({ bytes }) => bytes),
    params: {
      total: sum(({ params }) => params.total),
      active: sum(({ params }) => params.active),
      trainable: sum(({ params }) => params.trainable),
      embedding: sum(({ params }) => params.embedding),
    },
    tensors: all.flatMap(({ tensors }) => tensors),
  };
}
