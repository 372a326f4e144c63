// The answer in words.

import { type Advice, type Answer, components } from "./contract";
import type { Engine } from "./engine";
import { gib } from "./format";
import { valuesOf } from "./link";
import { labelOf } from "./schema";
import type { Store } from "./store";
import { t } from "./strings";

/// The bytes that the verdict is about: what the card has, less the room that is left.
export function demand({ fit }: Pick<Answer, "fit">): number {
  return fit.available - fit.headroom;
}

/// What the demand has beyond the live tensors: the allocator's reserve and the context of the device.
export function overhead(answer: Answer): number {
  const live = components.reduce((sum, name) => sum + answer.bytes[name], 0);
  return Math.max(0, demand(answer) - live);
}

/// The verdict as one sentence of four parts: figure, place, verdict, card.
export function verdict(
  { module }: { module: Pick<Engine, "lists"> },
  answer: Answer,
): readonly [string, string, string, string] {
  const total = gib(demand(answer));
  const phase = t.inPhase(answer.peak.phase);
  const { fit } = answer;
  const card = module.lists.accelerators.find(({ id }) => id === fit.gpu)?.name ?? fit.gpu;
  return fit.fits ? t.answer.fits(total, phase, card) : t.answer.misses(total, phase, card);
}

/// A piece of advice in the words of the form: "Activation checkpointing: Full".
export function changeOf(store: Store, advice: Advice): string {
  return [...valuesOf(advice.query)]
    .map(([key, value]) => {
      const field = store.schema.byKey.get(key);
      if (!field) return `${key}=${value}`;
      const entry = field.list && store.module.lists[field.list].find(({ id }) => id === value);
      return t.answer.change(field.label, entry ? entry.name : labelOf(field, value));
    })
    .join(", ");
}
