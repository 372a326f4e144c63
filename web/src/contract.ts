// The shapes of the module's plain values, as far as the page reads them.

/// A component of the memory: one colour, one pattern and one word everywhere.
export const components = [
  "weights",
  "gradients",
  "optimizer",
  "activations",
  "logits",
  "kv_cache",
  "state",
  "buffers",
] as const;
export type Component = (typeof components)[number];

export interface Issue {
  field: string;
  code: string;
  message: string;
}

export interface Note {
  code: string;
  message: string;
}

export interface Phase {
  name: string;
  start: number;
  peak: number;
  end: number;
}

/// One line of the ledger; `bytes` is what all `count` of them take at the peak.
export interface Row {
  name: string;
  group: Component;
  bytes: number;
  count: number;
  shape: string;
  dtype: string;
  alive: string;
  formula: string;
  source: string;
  note: string;
}

/// Bytes live after an event of the step.
export interface TimelinePoint {
  label: string;
  phase: string;
  live: number;
  bytes?: Partial<Record<Component, number>>;
}

export interface Fit {
  gpu: string;
  available: number;
  headroom: number;
  fits: boolean;
}

/// A change that helps: the keys to set, the total it leads to, and what it costs.
export interface Advice {
  query: string;
  total: number;
  saved: number;
  fits: boolean;
  cost: string;
}

/// What the 2022 article's formula gives for the same set-up.
export interface Article {
  bytes: number;
  long_bytes: number;
  exact: number;
  ratio: number;
  /// The option that the article's S is, and its value here.
  variable: string;
  value: number;
}

export interface Answer {
  ok: boolean;
  version: string;
  issues: Issue[];
  notes: Note[];
  params: { total: number; active: number; trainable: number; embedding: number };
  bytes: Record<Component, number>;
  totals: { allocated: number; reserved: number; device: number };
  peak: { phase: string; bytes: number };
  phases: Phase[];
  saved: {
    layers: { kind: string; count: number; bytes: number }[];
    outside: number;
    total: number;
  };
  rows: Row[];
  timeline?: TimelinePoint[];
  fit?: Fit;
  advice: Advice[];
  article?: Article;
}
