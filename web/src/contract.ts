// The module's shapes under the names that the page uses, and the order in which components are drawn.

import type { Answered, Component, Description } from "tensorledger";

export type { Advice, Article, Component, Issue, Row, TimelinePoint } from "tensorledger";

/// An answer with figures.
export type Answer = Answered;

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
