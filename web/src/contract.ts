// The module's shapes under the names that the page uses, and the order in which components are drawn.

import type { Answered, Component, Description } from "tensorledger";

export type { Advice, Article, Component, Issue, Row, TimelinePoint } from "tensorledger";

/// An answer with figures.
export type Answer = Answered & Serving;

/// What a server does with the memory, where the answer says it.
interface Serving {
  launch?: string;
  served?: {
    pool: number;
    tokens: number;
    context: number;
    concurrency: number;
    longest: number;
  };
  cache?: {
    per_token: number;
    capped: number;
    state: number;
    bytes: number;
    kinds: {
      kind: string;
      holds: string;
      layers: number;
      key_dtype: string;
      value_dtype: string;
      per_token: number;
      window: number;
      capped: number;
      state: number;
      bytes: number;
    }[];
  };
}

/// What the form is built from.
export type Described = Description;

/// The components of the memory, in the order of the bar: what stays comes first.
export const components: readonly Component[] = [
  "weights",
  "gradients",
  "optimizer",
  "activations",
  "logits",
  "kv_cache",
  "state",
  "buffers",
];
