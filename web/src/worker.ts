// The module once more, beside the page: what takes many answers is asked here, and the page stays at hand.

import { load } from "tensorledger";
import type { Asked, Told } from "./questions";

const started = load();

self.onmessage = async ({ data }: MessageEvent<Asked>) => {
  const module = await started;
  const answers = data.requests.map((request) => module[data.question](request));
  self.postMessage({ id: data.id, answers } satisfies Told);
};
