// The sentences of what is loaded after the first answer, and with them those of strings.ts.

import { smallUnit, unit } from "./format";
import { t as first, inline } from "./strings";

const en = {
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
    heading: "Side by side",
    letter: (index: number) => String.fromCharCode(65 + index),
    differences: "What differs",
    option: "Option",
    why: (now: string, other: string) => `${now} beside ${other}`,
    against: "Beside",
    rest: (count: number) => `${count} more`,
    equal: (other: string) => `As much as ${other}, in all.`,
    because: (other: string, bytes: string, larger: boolean, cause: string, against: string) =>
      `Now is ${bytes} ${unit()} ${larger ? "larger" : "smaller"} than ${other}, mostly because of ${inline(cause)}${against ? `; against it: ${inline(against)}` : ""}.`,
    endAll: "Let all go",
    endOne: (name: string) => `Let ${name} go`,
    same: "Nothing differs yet: change the set-up, and what that does stands here.",
    get component() {
      return unit();
    },
    now: "Now",
    difference: "Difference",
    total: "In all",
    config: "Another config.json",
    swap: "Swap",
    end: "Let go",
  },

  limits: {
    devices: "Fewest devices",
    ofThisCard: (count: string) => `${count} of this card`,
    heading: "How far it can go",
    intro: "Each line alone, everything else as it is set up now.",
    upTo: "up to",
    none: "Not even one fits.",
    bound: {
      card: "One more does not fit.",
      model: "The model has no positions beyond.",
      range: "The range of the option ends.",
      engine: "More is refused, on any card.",
    },
    cards: "Smallest cards with room",
    room: (gib: string) => `${gib} ${unit()} to spare`,
    noCard: "No single card of the catalog holds it.",
  },

  map: {
    heading: "In figures",
    intro: (rows: string, columns: string) =>
      `${unit()} for other sizes: ${inline(rows)} downwards, ${inline(columns)} across. The stair is the card.`,
  },

  timeline: {
    heading: "From beginning to end",
    intro:
      "What is live from one moment to the next, in order; the steps are those of the code. The dashed line is what the allocator holds of the card: it keeps what it once had.",
    held: (gib: string) => `${gib} ${unit()} reserved`,
    label: "Position in the step",
    at: (label: string, phase: string, live: string) => `${label}, ${phase}: ${live} ${unit()}`,
    show: "How closely",
    whole: "The whole step",
    one: (label: string, phase: string) =>
      `${label === "layers" ? "One layer" : `One turn of ${label.replaceAll("_", " ")}`}, ${phase}`,
    close: (turns: string) =>
      `Every tensor that is made and freed, one after the other, in one of ${turns} equal turns: the middle one. The axis does not begin at zero.`,
    freed: (label: string) => `${label} is freed`,
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
    get gib() {
      return unit();
    },
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
      `The backward pass needs what the forward pass computed. Until it has read them, these tensors stay: ${total} ${unit()} in all, over every layer. In the order in which they are made, each as wide as it is large.`,
    choice: "Which layer",
    layer: (kind: string) => `A layer of ${kind.replaceAll("+", " and ").replaceAll("_", " ")}`,
    outside: "Outside the layers",
    tensor: "Kept tensor",
    get mib() {
      return smallUnit();
    },
    oneOf: (count: string, all: string) => `One of ${count} such layers, together ${all} ${unit()}`,
    all: "In all",
  },

  sweep: {
    heading: "How it grows",
    intro: (label: string) =>
      `Memory on the device against ${inline(label)}, everything else as it is set up now. The red line is the card.`,
    against: "Against",
    value: (value: string, unit: string) => `${value} ${unit}`,
    at: (value: string, total: string, verdict: string) => `${value}: ${total}, ${verdict}`,
    article: "Activations by the article of 2022",
    table: "The same as a table",
    total: "On the device",
  },

  fits: {
    heading: "What else would fit",
    intro: (rows: string, columns: string) =>
      `${rows} upwards, ${inline(columns)} across. What lies below the red stair fits; the dot is where you are. A click goes there.`,
    which: "Move another quantity",
    take: "Use this",
    upTo: (count: string, unit: string, all: boolean) =>
      all ? `${count} ${unit} fit, and more` : `up to ${count} ${unit}`,
    none: "not even one fits",
  },

  treemap: {
    heading: "The same as areas",
    intro: "Each tensor that is live at the peak, as large as it is.",
    show: "Show",
    all: "All",
    byTensor: "By tensor",
    byLayer: "By layer",
    layer: (number: number) => `Layer ${number}`,
    hint: "Point at an area for its name and size.",
    alternative: "The ledger above has the same figures.",
  },

  serving: {
    launch: "How to start it so",
    launchIntro:
      "The command that the set-up stands for. What is not said has the engine’s own default.",
    copy: "Copy the command",
    pool: "Room for the cache",
    poolTokens: (count: string) => `${count} tokens`,
    atOnce: "At once",
    sequences: (length: string) => `sequences of ${length} tokens`,
    longest: "Longest sequence",
    tokens: "tokens",
    devices: "Device by device",
    devicesIntro: "The buffers that the engine plans, under its own names for the devices.",
    compute: "Compute",
    output: "Output",
    cache: "The cache",
    grows: (bytes: string) => `Each token of a sequence adds ${bytes} B.`,
    capped: (size: string) => `Layers with a window stop growing at ${size} a sequence.`,
    state: (size: string) => `Recurrent layers keep ${size} a sequence, however long it is.`,
    kind: "Layers",
    layers: (count: string, kind: string) => `${count} × ${kind}`,
    perToken: "Each token",
    cappedAt: "Grows to",
    window: (tokens: string) => `${tokens} tokens`,
    constant: "Constant",
    here: "In this set-up",
  },
  layerKind: (kind: string) => kind.replaceAll("+", " and ").replaceAll("_", " "),

  recent: {
    heading: (count: number) => `Recent set-ups (${count})`,
    clear: "Forget them",
  },

  take: {
    heading: "Take it along",
    intro: "The link holds the whole set-up. Files are made on this machine.",
    copy: "Copy",
    save: "Save",
    sentence: "A sentence",
    markdown: "A Markdown table",
    link: "The link",
    print: "Print",
    usable: "usable",
    setUp: "Set-up",
    defaults: "all defaults",
  },

  files: {
    heading: "What your files hold",
    close: "Close",
    none: "None of these files is a config.json, a .safetensors, a .gguf or an index of shards.",
    read: (name: string, read: string, size: string, part: boolean) =>
      part ? `${name}: read ${read} of ${size} B, on this machine.` : `${name}: ${size} B.`,
    stored: "As stored",
    tensors: "Tensors",
    used: "Its network is the set-up now.",
    dropConfig:
      "A .safetensors file does not say what network it is of: drop the config.json beside it as well for an estimate.",
    dropShards: (count: number) =>
      `Drop the index together with its ${count} ${count === 1 ? "file" : "files"} to have their tensors read.`,
    named: (count: number) => `${count} ${count === 1 ? "file" : "files"}`,
    list: "Tensor by tensor",
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
      `Memory against the sequence length: at ${length} tokens the article’s formula gives ${formula} ${unit()}, this ledger ${exact} ${unit()}.`,
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
    hint: "Paste it, or drop a file here: a config.json, a .gguf, a .safetensors with its index; or the command line or configuration of another tool (llama.cpp, vLLM, SGLang, torchrun, DeepSpeed, Accelerate, PEFT, a trainer's YAML). It stays on this machine.",
    choose: "Choose files",
    remove: "Remove it",
    hub: "Or a model of the Hugging Face Hub",
    hubHint:
      "Asks huggingface.co for its config.json and the index of its weights, when you press the button and not before.",
    fetch: "Fetch it",
    fetching: "Fetching…",
    noName: "A repository is written owner/name, such as Qwen/Qwen3-0.6B.",
    offline:
      "huggingface.co cannot be reached from here. A config.json that is pasted or dropped works without it.",
    gated: (id: string) =>
      `${id} is not open to everybody, or does not exist: download its config.json there and drop it here.`,
    noConfig: (id: string) => `${id} has no config.json.`,
    failed: (id: string, status: number) =>
      `huggingface.co answers ${status} for ${id}. Download its config.json there and drop it here.`,
  },

  said: {
    heading: (title: string) => `${title}: read`,
    sets: "What it says is set up now; what it does not say has its default.",
    nothing: "It says nothing that takes memory.",
    unread: "Left out",
    neutral: (count: number) =>
      count === 1 ? "One more takes no memory" : `${count} more take no memory`,
    close: "Close",
  },

  combobox: {
    none: "Nothing of that name.",
  },
};

export const t = { ...first, ...en };
export type Words = typeof t;
