// Every sentence of the page itself, in one place, so that another language is one more object.
// What options, rows and issues say comes from the module.

import type { Component } from "./contract";

/// A label inside a sentence: "Micro-batch" becomes "micro-batch", "ZeRO stage" stays.
function inline(label: string): string {
  return /^\p{Lu}[\p{Ll}\P{L}]*$/u.test(label.split(" ")[0] ?? "")
    ? label.charAt(0).toLowerCase() + label.slice(1)
    : label;
}

const en = {
  name: "tensorledger",
  tagline: "What a transformer takes in memory, byte by byte, and what would make it fit.",
  skip: "Skip to the set-up",
  working: "Reading the tables…",
  broken: "The estimator could not be started, so there is no figure.",

  newer: "A newer version is here.",
  reload: "Load it now",

  theme: "Dark",
  version: (number: string) => `Version ${number}.`,

  component: {
    weights: "Weights",
    gradients: "Gradients",
    optimizer: "Optimizer",
    activations: "Activations",
    logits: "Logits and loss",
    kv_cache: "Cache",
    state: "Recurrent state",
    buffers: "Buffers",
  } satisfies Record<Component, string>,
  overhead: "Allocator, context",

  phase: {
    load: "while loading",
    forward: "in the forward pass",
    loss: "at the loss",
    backward: "in the backward pass",
    optimizer: "in the optimizer step",
    zero_grad: "when gradients are cleared",
    prefill: "in the prefill",
    decode: "while decoding",
  } as Record<string, string>,
  inPhase: (phase: string) => en.phase[phase] ?? `in ${phase.replaceAll("_", " ")}`,
  phaseName: (phase: string) => phase.replaceAll("_", " "),

  answer: {
    heading: "The answer",
    fits: (peak: string, phase: string, card: string) =>
      [`${peak} GiB`, ` ${phase}: `, "fits", ` on one ${card}.`] as const,
    misses: (peak: string, phase: string, card: string) =>
      [`${peak} GiB`, ` ${phase}: `, "does not fit", ` on one ${card}.`] as const,
    spare: (room: string, usable: string) => `${room} GiB to spare of ${usable} GiB usable.`,
    short: (room: string, usable: string) => `${room} GiB too much for ${usable} GiB usable.`,
    remedy: (change: string, total: string, fits: boolean) =>
      `${change}: ${total} GiB, ${fits ? "fits" : "still too much"}.`,
    change: (option: string, value: string) => `Set ${inline(option)} to ${value}`,
    stale: "This is the answer of the set-up before. The present one has no answer:",
    refused: "No answer for this set-up",
  },

  totals: {
    allocated: "Allocated",
    allocatedHint: "live tensors",
    reserved: "Reserved",
    reservedHint: "held by the allocator",
    device: "On the device",
    deviceHint: "what nvidia-smi shows",
    parameters: "Parameters",
    active: (count: string) => `${count} active per token`,
    trainable: (count: string) => `${count} trained`,
    allTrained: "all trained",
  },

  bar: {
    label: "Memory at the peak, by component",
    usable: (gib: string) => `${gib} GiB usable`,
    over: (gib: string) => `${gib} GiB over`,
    free: (gib: string) => `${gib} GiB free`,
  },

  advice: {
    heading: "What would change it",
    fits: "fits",
    misses: "too much",
    verdict: "Verdict",
    cost: "At the cost of",
    change: "Change",
    total: "Total",
    saved: "Saved",
  },

  beside: {
    keep: "Keep this to compare",
    heading: "Compared with what you kept",
    same: "Nothing differs yet: change the set-up, and what that does stands here.",
    component: "GiB",
    kept: "Kept",
    now: "Now",
    difference: "Difference",
    total: "In all",
    config: "Another config.json",
    swap: "Swap",
    end: "Let go",
  },

  limits: {
    heading: "How far it can go",
    intro: "Each line alone, everything else as it is set up now.",
    upTo: "up to",
    none: "Not even one fits.",
    bound: {
      card: "One more does not fit.",
      model: "The model has no positions beyond.",
      range: "The range of the option ends.",
    },
    cards: "Smallest cards with room",
    room: (gib: string) => `${gib} GiB to spare`,
    noCard: "No single card of the catalog holds it.",
  },

  map: {
    heading: "What else would fit",
    intro: (rows: string, columns: string) =>
      `GiB for other sizes: ${inline(rows)} downwards, ${inline(columns)} across. The stair is the card.`,
  },

  timeline: {
    heading: "From beginning to end",
    intro:
      "What is live from one moment to the next, in order; the steps are those of the code. The dashed line is what the allocator holds of the card: it keeps what it once had.",
    held: (gib: string) => `${gib} GiB reserved`,
    label: "Position in the step",
    at: (label: string, phase: string, live: string) => `${label}, ${phase}: ${live} GiB`,
    phase: "Phase",
    start: "Start",
    most: "Peak",
    end: "End",
  },

  ledger: {
    heading: "The ledger",
    intro:
      "What is live at the peak. A row opens to its formula, with your numbers in it, and to its source.",
    name: "Tensor",
    shape: "Shape",
    dtype: "Type",
    alive: "Alive",
    gib: "GiB",
    bytes: "B",
    total: "Live at the peak",
    reserved: "Reserved by the allocator",
    device: "On the device",
    always: "always",
    formula: "Formula",
    exact: "Exactly",
    each: (count: string, bytes: string) => `${count} of ${bytes} B each`,
    source: "Source",
    by: "Grouped by",
    byComponent: "By component",
    byModule: "By place in the model",
    openAll: "Open all",
    closeAll: "Close all",
  },

  kept: {
    heading: "What one layer keeps",
    intro: (total: string) =>
      `The backward pass needs what the forward pass computed. Until it has read them, these tensors stay: ${total} GiB in all, over every layer. In the order in which they are made, each as wide as it is large.`,
    choice: "Which layer",
    layer: (kind: string) => `A layer of ${kind.replaceAll("+", " and ").replaceAll("_", " ")}`,
    outside: "Outside the layers",
    tensor: "Kept tensor",
    mib: "MiB",
    oneOf: (count: string, all: string) => `One of ${count} such layers, together ${all} GiB`,
    all: "In all",
  },

  embed: {
    open: "Open in tensorledger",
  },

  trust: {
    heading: "How far to trust it",
    intro:
      "Every figure here was measured by somebody: parameters of published models, what real code keeps for its backward pass, peaks that papers and logs print. The table is the tool’s error against them, written by its tests. An under-estimate is the worse kind: a “fits” that runs out of memory.",
    measured: "Measured",
    figures: "Figures",
    exact: "Exact",
    median: "Median error",
    p95: "95th percentile",
    worst: "Worst",
    under: "Under-estimated",
  },

  article: {
    heading: "Beside the formula of 2022",
    intro:
      "A much-read article of 2022 put the memory of a transformer in one line. The same set-up, both ways:",
    formula: (formula: string) => `The article: ${formula}`,
    long: (formula: string) => `Its form for long sequences: ${formula}`,
    exact: "This ledger",
    ratio: "Article ÷ ledger",
    describe: (length: string, formula: string, exact: string) =>
      `Memory against the sequence length: at ${length} tokens the article’s formula gives ${formula} GiB, this ledger ${exact} GiB.`,
    axis: "tokens in a sequence",
    now: (length: string) => `${length} now`,
  },

  setup: {
    heading: "The set-up",
    rare: (count: number) => `${count} more`,
    drop: (key: string) => `Remove ${key}`,
    reset: "Back to the opening case",
    copy: "Copy the link",
    copied: "Copied",
    general: "About the set-up as a whole",
  },

  config: {
    label: "Or your own config.json",
    hint: "Paste it, or drop the file here. It stays on this machine.",
    choose: "Choose a file",
    pasted: "Your config.json",
    remove: "Remove it",
    notJson: "This is not JSON, so it cannot be a config.json.",
  },

  combobox: {
    none: "Nothing of that name.",
  },

  on: "on",
  off: "off",
  notes: "Notes",
  footer: "Computed on this machine; nothing is sent anywhere.",
};

export type Strings = typeof en;
export const t: Strings = en;
