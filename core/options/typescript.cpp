#include "core/options/documents.h"
#include "core/options/table.h"

namespace tensorledger {

namespace {

constexpr std::string_view kHeader =
    R"(// The set-up, the answer and the functions of tensorledger. Generated from its option table by
// `tensorledger generate typescript`: edit the table, not this file.

)";

constexpr std::string_view kRest = R"(
/** Why was a set-up or a file refused? A full sentence, the key it is about, and a stable code. */
export interface Issue {
  field: string;
  code: string;
  message: string;
}

/** What should a reader know beside the figures? */
export interface Note {
  code: string;
  message: string;
}

/** The components of the memory; all sizes are exact whole numbers of bytes. */
export type Component =
  | "weights"
  | "gradients"
  | "optimizer"
  | "activations"
  | "logits"
  | "kv_cache"
  | "state"
  | "buffers";

/** Parameters; tied weights once. `active`: used for one token. */
export interface ParameterCounts {
  total: number;
  active: number;
  trainable: number;
  embedding: number;
}

/** Bytes: what tensors take, what the allocator holds, what nvidia-smi shows. */
export interface Totals {
  allocated: number;
  reserved: number;
  device: number;
}

/**
 * What PyTorch's caching allocator makes of the tensors, in bytes: their blocks and the library workspaces at the highest
 * (max_memory_allocated), all segments (max_memory_reserved), what is free inside segments in use when most is
 * allocated; how many segments there are, and how often the card was full and free ones were given back.
 */
export interface Allocator {
  allocated: number;
  reserved: number;
  fragmentation: number;
  segments: number;
  retries: number;
}

/**
 * What lies between two totals: allocated plus every row within "reserved" is reserved; that plus every row within
 * "device" is device. A row of 0 bytes says in its note why it is 0.
 */
export interface Beside {
  name: string;
  bytes: number;
  within: "reserved" | "device";
  source: string;
  note: string;
}

/** One phase of a step, in bytes live on the device. */
export interface Phase {
  name: string;
  start: number;
  peak: number;
  end: number;
}

/**
 * What autograd keeps at the end of the forward, in bytes; `bytes` of all `count` layers of a kind,
 * `tensors` those of one such layer, `outside_tensors` those that no layer alone keeps.
 */
export interface Saved {
  layers: { kind: string; count: number; bytes: number; tensors?: Row[] }[];
  outside: number;
  outside_tensors?: Row[];
  total: number;
}

/** One line of the ledger; `bytes` is what all `count` tensors take at the peak. */
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

/** Bytes live after an event of the step; `parts` by component, in the order of Component. */
export interface TimelinePoint {
  label: string;
  phase: string;
  live: number;
  /** What the allocator holds of the device at that moment. */
  reserved?: number;
  parts?: number[];
}

/**
 * One turn of a repeated part of the step (a layer's forward, a layer's backward), the middle one of `turns`: each point
 * is a tensor made or freed, with the bytes live after it.
 */
export interface Stretch {
  label: string;
  phase: string;
  turns: number;
  points: { label: string; change: number; live: number; parts: number[] }[];
}

/** What an engine plans on one device, in bytes. */
export interface Device {
  name: string;
  weights: number;
  kv_cache: number;
  state: number;
  compute: number;
  output: number;
}

/** Bytes of one sequence, all layers together, and in `bytes` of this set-up. */
export interface CacheBytes {
  /** With each token, as long as the layers are not full. */
  per_token: number;
  /** What layers with a window come to when it is full. */
  capped: number;
  /** Whatever the length: recurrent states, cross-attention's keys and values. */
  state: number;
  bytes: number;
}

/** What the layers of one kind keep between tokens. `window` 0: they grow on; `tokens`: that a sequence has room for now. */
export interface CacheKindRow extends CacheBytes {
  kind: string;
  holds: string;
  layers: number;
  key_elements: number;
  value_elements: number;
  key_dtype: string;
  value_dtype: string;
  window: number;
  tokens: number;
  source: string;
}

/** Everything about a cache. `per_token` counts the layers without a window. */
export interface Cache extends CacheBytes {
  kinds: CacheKindRow[];
}

/** Does it fit? `headroom` is negative when it does not. */
export interface Fit {
  gpu: string;
  available: number;
  headroom: number;
  fits: boolean;
}

/**
 * What a server that pages its cache makes of each device: what it takes in all, the pool of its cache in bytes, blocks
 * and tokens, and how many sequences of `context` tokens that is. `longest` is the longest one for which there is room.
 */
export interface Served {
  budget: number;
  pool: number;
  blocks: number;
  tokens: number;
  page_size: number;
  context: number;
  concurrency: number;
  longest: number;
}

/** What a change costs whoever makes it: nothing, time, accuracy, another task, another card. */
export type CostKind = "free" | "speed" | "quality" | "task" | "hardware";

/**
 * What helps, one change or a few together: the keys to set (`query`, all of them; `changes`, one by one, each with what
 * it costs), the bytes that the set-up then takes (`total` is that of the device) and saves there, and whether it fits. In
 * order: what fits before what only helps, then by `cost_kind` (of the costliest change) in the order of the type, then
 * by the number of changes.
 */
export interface Advice {
  query: string;
  total: number;
  saved: number;
  fits: boolean;
  cost: string;
  cost_kind: CostKind;
  changes: { query: string; cost: string; cost_kind: CostKind }[];
  totals: Totals;
}

/**
 * What the formula of 2022 gives for the same model and sequences, in bytes, beside what the ledger has to compare with
 * it. `variable` is the option that its S is, `value` what S is here.
 */
export interface Article {
  formula: string;
  bytes: number;
  long_formula: string;
  long_bytes: number;
  exact: number;
  ratio: number;
  variable: keyof SetUp;
  value: number;
}

/** The answer to a set-up that was understood. */
export interface Answered {
  ok: true;
  version: string;
  id?: string | number;
  query: string;
  issues: Issue[];
  notes: Note[];
  params: ParameterCounts;
  bytes: Record<Component, number>;
  totals: Totals;
  allocator?: Allocator;
  beside?: Beside[];
  peak: { phase: string; bytes: number };
  phases: Phase[];
  saved: Saved;
  rows: Row[];
  timeline: TimelinePoint[];
  /** One turn each of what the step repeats, event by event. */
  stretches?: Stretch[];
  devices: Device[];
  served?: Served;
  /** The command that starts the engine so; of servers, with a ledger. */
  launch?: string;
  cache?: Cache;
  fit: Fit;
  advice: Advice[];
  article?: Article;
}

/** What stands against a set-up that was refused; there are no figures. */
export interface Refused {
  ok: false;
  version: string;
  id?: string | number;
  issues: Issue[];
  notes: Note[];
}

export type Answer = Answered | Refused;

/**
 * How far a set-up can go, everything else left as it is: the largest value of a whole number that still fits (0: none
 * does) and what keeps it from growing further; every way to store the weights or the cache; the smallest cards that
 * would hold it; how many of its cards it needs at least (0: not known). Memory in bytes, on the device.
 */
export interface Limits {
  ok: true;
  version: string;
  issues: Issue[];
  query: string;
  reaches: {
    key: keyof SetUp;
    unit: string;
    now: number;
    most: number;
    bound: "card" | "model" | "range" | "engine";
    device: number;
  }[];
  storage: { key: keyof SetUp; value: string; device: number; fits: boolean }[];
  cards: { id: string; headroom: number }[];
  fewest_gpus: number;
}

/**
 * What a file holds: tensors (those that differ only in their numbers in one line), their bytes as stored. A GGUF also
 * says which network it is of (`config`, as a config.json) and what an engine would be asked (`query`); an index which
 * `files` have the tensors.
 */
export interface Weights {
  ok: true;
  version: string;
  kind: "config.json" | "gguf" | "safetensors" | "index.json";
  model_type: string;
  issues: Issue[];
  notes: Note[];
  params: ParameterCounts;
  tensors: { name: string; shape: string; count: number; dtype: string; bytes: number; loaded: boolean }[];
  bytes: number;
  header_bytes?: number;
  file_bytes?: number;
  config?: Record<string, unknown>;
  query?: string;
  files?: string[];
}

/** The values of one whole number: first, first + step, …; `count` of them. */
export interface MapAxis {
  key: keyof SetUp;
  unit: string;
  first: number;
  step: number;
  count: number;
}

/** What fits: of each row (so many sequences), how many of the columns (so many tokens), from the first on. */
export interface FitMap {
  ok: true;
  version: string;
  issues: Issue[];
  query: string;
  rows: MapAxis;
  columns: MapAxis;
  fits: number[];
}

/**
 * When an option or a value has a meaning: "key=value,value&key=value", every clause of which must hold; empty:
 * always.
 */
export type Condition = string;

export interface DescribedChoice {
  value: string;
  label: string;
  help: string;
  applies: Condition;
  status: "ready" | "not_yet";
}

/** One row of the option table. A null default stands for what `auto` says in words. */
export interface DescribedOption {
  key: keyof SetUp;
  type: "choice" | "integer" | "real" | "flag" | "text" | "list";
  default: string | number | boolean | null;
  auto?: string;
  min?: number;
  max?: number;
  unit?: string;
  group: string;
  applies: Condition;
  level: "basic" | "advanced";
  status: "ready" | "not_yet";
  label: string;
  hint: string;
  source?: string;
  list?: "models" | "accelerators";
  choices?: DescribedChoice[];
}

export interface Description {
  version: string;
  groups: { id: string; label: string; help: string }[];
  options: DescribedOption[];
}

export interface CatalogModel {
  id: string;
  name: string;
  family: string;
  year: number;
  source: string;
}

export interface Accelerator {
  id: string;
  name: string;
  vendor: string;
  class: "datacenter" | "workstation" | "consumer" | "unified";
  marketed_gb: number;
  usable_mib: number;
}

export interface Reference {
  key: string;
  authors: string;
  year: string;
  title: string;
  url: string;
}

/** A set-up that was written for another tool. */
export interface Imported {
  ok: true;
  version: string;
  /** "llamacpp", "vllm", "sglang", "trainer", "deepspeed", "accelerate" or "peft". */
  kind: string;
  title: string;
  /** The options that it sets; what is not said keeps its default. */
  query: string;
  /** A model that it names and the catalog does not have. */
  model?: string;
  /** What was not understood, or cannot be had, and why. */
  unread: { text: string; reason: string }[];
  /** What was understood, and takes no memory. */
  neutral: string[];
}

export interface Tensorledger {
  readonly version: string;
  /** The option table. */
  describe(): Description;
  models(): CatalogModel[];
  accelerators(): Accelerator[];
  /** The works that sources cite; read from a file beside the module when first asked for. */
  bibliography(): Promise<Reference[]>;
  /** The whole answer to a set-up: a query string, or an object of the same keys. */
  estimate(setUp: string | SetUp): Answer;
  /** The same question, answered sooner: `rows`, `timeline` and `advice` are left empty. */
  totals(setUp: string | SetUp): Answer;
  /** How far the set-up can grow, how it can be stored, and which cards would hold it. */
  limits(setUp: string | SetUp): Limits | Refused;
  /** What fits around the set-up: how many sequences, and how long. */
  map(setUp: string | SetUp): FitMap | Refused;
  /** What a command line of llama.cpp, vLLM, SGLang or torchrun, or a DeepSpeed, Accelerate, PEFT or trainer file asks for. */
  imported(text: string): Imported | Refused;
  /**
   * What a config.json, an index of shards, a .safetensors or a .gguf file holds. Of the latter two the start is enough,
   * up to the end of the header; `size` is then that of the whole file, in bytes.
   */
  weights(file: string | Uint8Array | ArrayBuffer, name?: string, size?: number): Weights | Refused;
  /** What an index of shards and the files that it names hold, of each file its start and its whole size. */
  shards(index: string, files: { name: string; start: Uint8Array; size: number }[]): Weights | Refused;
}

type Binary = ArrayBuffer | Uint8Array | Response | WebAssembly.Module;
type Text = string | Uint8Array | Response;

/** The files beside the module, where they are fetched another way. */
export interface Files {
  wasmBinary?: Binary | Promise<Binary>;
  restBinary?: Binary | Promise<Binary>;
  catalog?: Text | Promise<Text>;
  restCatalog?: Text | Promise<Text>;
  bibliography?: Text | Promise<Text>;
}

/** Starts the module, all of it. Without arguments it reads the files beside it. */
export function load(files?: Files): Promise<Tensorledger>;

/** What the smaller part of the module offers; `describe()` is without labels, hints and helps. */
export interface Beginning
  extends Pick<Tensorledger, "version" | "describe" | "models" | "accelerators" | "bibliography"> {
  /** The totals of any set-up; the other part of the module is loaded for them where they need it. */
  totals(setUp: string | SetUp): Promise<Answer>;
  /** All of the module. */
  complete(): Promise<Tensorledger>;
}

/** Starts with the smaller part of the module, which gives the totals of most set-ups of training. */
export function begin(files?: Files): Promise<Beginning>;
)";

/// The TypeScript type of an option's value in an object.
std::string value_type(const OptionRow& option) {
    switch (option.type) {
        case OptionType::choice: return std::string(option.enumeration);
        case OptionType::integer: return "number";
        case OptionType::integer_or_auto:
        case OptionType::real_or_auto: return "number | \"auto\"";
        case OptionType::flag: return "boolean";
        case OptionType::text: return "string";
        case OptionType::list: return "string | string[]";
    }
    return {};
}

/// The union of the values of one enum class, written where the first option of that type stands.
std::string choice_type(const OptionRow& option) {
    std::string text = "export type " + std::string(option.enumeration) + " =";
    for (const ChoiceRow& choice : option.choices) {
        text += "\n  | \"" + std::string(choice.value) + "\"";
    }
    return text + ";\n\n";
}

bool is_first_of_its_type(const OptionRow& option) {
    for (const OptionRow& earlier : options()) {
        if (&earlier == &option) return true;
        if (earlier.type == OptionType::choice && earlier.enumeration == option.enumeration) {
            return false;
        }
    }
    return true;
}

std::string documented(const OptionRow& option) {
    std::string text = "  /**\n   * " + std::string(option.label);
    if (!option.unit.empty()) text += ", in " + std::string(option.unit);
    text += ".";
    if (!option.hint.empty()) text += "\n   * " + std::string(option.hint);
    const std::string start = value_text(option, default_config());
    text += "\n   * Default: " + (start.empty() ? std::string(option.auto_words) : start) +
            ".\n   */\n";
    return text + "  " + std::string(option.key) + "?: " + value_type(option) + ";\n";
}

}  // namespace

std::string typescript_declarations() {
    std::string text(kHeader);
    for (const OptionRow& option : options()) {
        if (option.type == OptionType::choice && is_first_of_its_type(option)) {
            text += choice_type(option);
        }
    }
    text +=
        "/** A set-up: only what differs from the defaults has to be said. */\nexport interface "
        "SetUp {\n";
    for (const OptionRow& option : options()) text += documented(option);
    text +=
        "  /** The parsed config.json of a network; in place of `model`. */\n"
        "  config?: Record<string, unknown>;\n"
        "  /** Repeated in the answer. */\n"
        "  id?: string | number;\n}\n";
    text += kRest;
    return text;
}

}  // namespace tensorledger
