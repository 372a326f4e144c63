// Questions that take many answers (a curve, a map, how far it can grow): asked of a second module in a worker. Where
// there can be no worker (the tool in one file), the page answers itself, a little at a time.

import type { Answer, Limits, Refused } from "tensorledger";
import type { Engine, Request, SetUp } from "./engine";

export interface Asked {
  id: number;
  question: "totals" | "limits";
  requests: Request[];
}

export interface Told {
  id: number;
  answers: (Answer | Limits | Refused)[];
}

/// Is this the page that has everything in it? Put in when it is built.
declare const SINGLE_FILE: boolean;

/// How long the page may answer questions before it looks at the reader again, in ms.
const slice = 12;

/// So many set-ups go to the worker at once: few, since it cannot be stopped in between.
const batch = 4;

export class Questions {
  private worker: Worker | undefined;
  private asked = 0;
  private readonly waiting = new Map<number, (answers: Told["answers"]) => void>();

  constructor(private readonly module: Engine) {
    if (SINGLE_FILE || typeof Worker === "undefined") return;
    try {
      this.worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    } catch {
      return;
    }
    this.worker.onmessage = ({ data }: MessageEvent<Told>) => {
      this.waiting.get(data.id)?.(data.answers);
      this.waiting.delete(data.id);
    };
    this.worker.onerror = () => {
      this.worker = undefined;
      for (const answer of this.waiting.values()) answer([]);
      this.waiting.clear();
    };
  }

  /// The totals of many set-ups, in their order; fewer of them when the answer is no longer wanted.
  async totals(setUps: readonly SetUp[], wanted: () => boolean): Promise<Answer[]> {
    const found: Answer[] = [];
    let paused = performance.now();
    while (found.length < setUps.length && wanted()) {
      const next = setUps.slice(found.length, found.length + (this.worker ? batch : 1));
      const answers = await this.told("totals", next);
      if (answers?.length === next.length) {
        found.push(...(answers as Answer[]));
        continue;
      }
      for (const setUp of next) found.push(this.module.totals(setUp));
      if (performance.now() - paused > slice) {
        await new Promise((resolve) => setTimeout(resolve));
        paused = performance.now();
      }
    }
    return found;
  }

  async limits(setUp: SetUp): Promise<Limits | Refused> {
    const [found] = (await this.told("limits", [setUp])) ?? [];
    return (found as Limits | Refused | undefined) ?? this.module.limits(setUp);
  }

  private told(question: Asked["question"], setUps: SetUp[]): Promise<Told["answers"]> | undefined {
    const { worker } = this;
    const requests = setUps.map((setUp) => this.module.request(setUp));
    if (!worker || requests.includes(undefined)) return undefined;
    this.asked += 1;
    const id = this.asked;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      worker.postMessage({ id, question, requests: requests as Request[] } satisfies Asked);
    });
  }
}

let shared: Questions | undefined;

/// The page's one worker, started when the first such question is asked.
export function questionsTo(module: Engine): Questions {
  shared ??= new Questions(module);
  return shared;
}
