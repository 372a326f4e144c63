// What the Hugging Face Hub has of a model, asked for only when the reader says so: two small files, without cookies and
// without saying which page asks.

import { t } from "./words";

const host = "https://huggingface.co";
const names = ["config.json", "model.safetensors.index.json"] as const;

/// No file of these kinds is larger.
const mostBytes = 2 ** 26;

/// Why there is nothing, in a sentence for the reader.
export class NotFetched extends Error {}

function ask(id: string, name: string): Promise<Response> {
  return fetch(`${host}/${id}/resolve/main/${name}`, {
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
}

function refusal(id: string, { status }: Response): string {
  if (status === 401 || status === 403) return t.config.gated(id);
  return status === 404 ? t.config.noConfig(id) : t.config.failed(id, status);
}

/// The config.json of a repository, and the index of its weights where it has one.
export async function fromHub(written: string): Promise<File[]> {
  const id = written
    .trim()
    .replace(/^https:\/\/huggingface\.co\//, "")
    .replace(/\/+$/, "");
  if (!/^[\w.-]+\/[\w.-]+$/.test(id)) throw new NotFetched(t.config.noName);
  let answers: Response[];
  try {
    answers = await Promise.all(names.map((name) => ask(id, name)));
  } catch {
    throw new NotFetched(t.config.offline);
  }
  const [config] = answers;
  if (!config?.ok) throw new NotFetched(config ? refusal(id, config) : t.config.offline);
  const files: File[] = [];
  for (const [index, answer] of answers.entries()) {
    const blob = answer.ok ? await answer.blob() : undefined;
    if (blob && blob.size <= mostBytes) files.push(new File([blob], names[index] ?? ""));
  }
  return files;
}
