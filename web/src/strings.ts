// The sentences of the page that the first answer needs; words.ts has all the others. Another language is one more
// object beside each. What options, rows and issues say comes from the module.

import type { Component } from "./contract";
import { unit } from "./format";

/// A label inside a sentence: "Micro-batch" becomes "micro-batch", "ZeRO stage" stays.
export function inline(label: string): string {
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
    keep: "Keep this to compare",
    keepToo: "Keep this one too",
    heading: "The answer",
    fits: (peak: string, phase: string, card: string) =>
      [`${peak} ${unit()}`, ` ${phase}: `, "fits", ` on one ${card}.`] as const,
    misses: (peak: string, phase: string, card: string) =>
      [`${peak} ${unit()}`, ` ${phase}: `, "does not fit", ` on one ${card}.`] as const,
    spare: (room: string, usable: string) =>
      `${room} ${unit()} to spare of ${usable} ${unit()} usable.`,
    short: (room: string, usable: string) =>
      `${room} ${unit()} too much for ${usable} ${unit()} usable.`,
    remedy: (change: string, total: string, fits: boolean) =>
      `${change}: ${total} ${unit()}, ${fits ? "fits" : "still too much"}.`,
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
    usable: (gib: string) => `${gib} ${unit()} usable`,
    over: (gib: string) => `${gib} ${unit()} over`,
    free: (gib: string) => `${gib} ${unit()} free`,
  },

  units: {
    gb: "GB",
    hint: "Memory in GB (10⁹ bytes) instead of GiB (2³⁰)",
  },

  embed: {
    open: "Open in tensorledger",
  },

  ownConfig: {
    pasted: "Your config.json",
    notJson: "This is neither JSON nor a set-up of another tool that is known here.",
  },

  on: "on",
  off: "off",
  notes: "Notes",
  footer: "Computed on this machine; nothing is sent anywhere.",
};

export type Strings = typeof en;
export const t: Strings = en;
