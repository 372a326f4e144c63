#!/usr/bin/env python3
"""Measures real training steps and generations on a CUDA GPU, for tests/truth to compare with.

    tests/measure/measure.py                 run the grid, write tests/data/measured/CARD-torchVERSION.json
    tests/measure/measure.py --plan          print the grid (needs Python alone); --json: the requests, one a line
    tests/measure/measure.py --only llama    the cases whose name holds this text
    tests/measure/measure.py --minutes 25    stop after so long; a later call goes on where this one stopped
    tests/measure/measure.py --cpu           tiny models on the processor: does everything run? Nothing is recorded

Needs PyTorch, transformers and a CUDA GPU; peft, bitsandbytes and flash-attn for the cases that name them.
Every case runs in a process of its own, so that one allocator never sees another's cache, and running out of
memory is a record like any other. A record holds the request as tensorledger takes it, so it can be asked
as it is. Exit status 2: something that it needs is missing.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

from grid import grid, smoke

HERE = Path(__file__).resolve()
MEASURED = HERE.parents[1] / "data" / "measured"
WARM_UP = 2  # steps before the one whose phases are recorded: optimizer states exist, caches are warm


class Missing(Exception):
    """A package that a case needs is not installed."""


# --- what a request says, in PyTorch's words ---------------------------------------------------------


def weight_dtype(request):
    import torch

    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16,
            "bf16-mixed": torch.float32}[request["precision"]]


def make_model(request, device):
    """The network with random weights; transformers' class is the one that the config names."""
    import torch
    import transformers

    fields = dict(request["config"])
    name = fields.pop("architectures")[0]
    config = transformers.AutoConfig.for_model(fields.pop("model_type"), **fields)
    kind = {"eager": "eager", "sdpa": "sdpa", "flash": "flash_attention_2"}[request["attention"]]
    torch.set_default_dtype(weight_dtype(request))
    try:
        with torch.device(device):
            model = getattr(transformers, name)._from_config(config, attn_implementation=kind)
    except ImportError as error:
        raise Missing(str(error).splitlines()[0]) from error
    finally:
        torch.set_default_dtype(torch.float32)
    return model.to(device)


def add_adapter(model, request):
    try:
        import peft
    except ImportError as error:
        raise Missing("peft is not installed") from error
    targets = request["lora_targets"]
    config = peft.LoraConfig(r=request["lora_rank"], lora_dropout=0.0,
                             target_modules=targets if targets == "all-linear" else targets.split(","))
    return peft.get_peft_model(model, config)


def make_optimizer(parameters, request):
    import torch

    name = request.get("optimizer", "adamw")
    kind = request.get("optimizer_impl", "foreach")
    how = {"foreach": {"foreach": True}, "fused": {"fused": True}, "loop": {"foreach": False}}[kind]
    if name == "adamw":
        return torch.optim.AdamW(parameters, lr=1e-5, **how)
    if name in ("sgd", "sgd-momentum"):
        return torch.optim.SGD(parameters, lr=1e-5, momentum=0.9 if name == "sgd-momentum" else 0.0, **how)
    if name == "adafactor":
        from transformers.optimization import Adafactor
        return Adafactor(parameters, lr=1e-5, relative_step=False, scale_parameter=False)
    if name == "adamw-8bit":
        try:
            import bitsandbytes
        except ImportError as error:
            raise Missing("bitsandbytes is not installed") from error
        return bitsandbytes.optim.AdamW8bit(parameters, lr=1e-5)
    raise Missing(f"this script has no optimizer {name}")


def make_batch(model, request, device):
    """Random tokens; with a mask the last eighth of each sequence is padding."""
    import torch

    shape = (request["batch"], request["seq"])
    ids = torch.randint(0, model.config.vocab_size, shape, device=device)
    batch = {"input_ids": ids, "labels": ids.clone()}
    if request.get("mask"):
        mask = torch.ones_like(ids)
        mask[:, -(request["seq"] // 8):] = 0
        batch["attention_mask"] = mask
    return batch


# --- meters ------------------------------------------------------------------------------------------


class Meter:
    """Peaks of the allocator, phase by phase; on a processor it only keeps time."""

    def __init__(self, device):
        self.cuda = device == "cuda"
        self.phases = {}
        self.allocated = 0
        self.reserved = 0

    def phase(self, name, work):
        import torch

        if not self.cuda:
            return work()
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        start = torch.cuda.memory_allocated()
        try:
            return work()
        finally:
            torch.cuda.synchronize()
            peak = torch.cuda.max_memory_allocated()
            self.allocated = max(self.allocated, peak)
            self.reserved = max(self.reserved, torch.cuda.max_memory_reserved())
            before = self.phases.get(name)
            self.phases[name] = {"start": before["start"] if before else start,
                                 "peak": max(peak, before["peak"] if before else 0),
                                 "end": torch.cuda.memory_allocated()}

    def forget_phases(self):
        self.phases = {}


def used_on_the_card():
    """Bytes in use on the first card, by whatever process, as the driver reports them."""
    said = subprocess.run(["nvidia-smi", "--id=0", "--query-gpu=memory.used", "--format=csv,noheader,nounits"],
                          capture_output=True, text=True, check=False).stdout.strip()
    return int(said) * 2**20 if said.isdigit() else None


def allocator_summary():
    """The allocator's snapshot in a few numbers: segments by pool, their bytes, and what in them is free."""
    import torch

    pools = {}
    for segment in torch.cuda.memory_snapshot():
        pool = pools.setdefault(segment["segment_type"], {"segments": 0, "bytes": 0, "active": 0, "largest": 0})
        pool["segments"] += 1
        pool["bytes"] += segment["total_size"]
        pool["active"] += segment["allocated_size"]
        pool["largest"] = max(pool["largest"], segment["total_size"])
    stats = torch.cuda.memory_stats()
    keys = ("num_alloc_retries", "num_ooms", "requested_bytes.all.peak", "active_bytes.all.peak",
            "inactive_split_bytes.all.peak", "segment.large_pool.peak", "segment.small_pool.peak")
    return {"pools": pools, "stats": {key: stats.get(key) for key in keys}}


def workspace_bytes():
    """What cuBLAS holds through the allocator: it counts as allocated, and is no tensor."""
    import torch

    before = torch.cuda.memory_allocated()
    torch._C._cuda_clearCublasWorkspaces()
    return before - torch.cuda.memory_allocated()


def versions():
    import torch
    import transformers

    said = {"python": sys.version.split()[0], "torch": torch.__version__, "transformers": transformers.__version__}
    for package in ("peft", "bitsandbytes", "flash_attn"):
        try:
            said[package] = __import__(package).__version__
        except (ImportError, AttributeError):
            said[package] = None
    if torch.cuda.is_available():
        card = torch.cuda.get_device_properties(0)
        driver = subprocess.run(["nvidia-smi", "--id=0", "--query-gpu=driver_version", "--format=csv,noheader"],
                                capture_output=True, text=True, check=False).stdout.strip()
        said.update(cuda=torch.version.cuda, driver=driver, card=card.name, card_bytes=card.total_memory,
                    compute_capability=f"{card.major}.{card.minor}")
    return said


# --- the runs ----------------------------------------------------------------------------------------


def train(request, device, meter):
    import contextlib

    import torch

    model = make_model(request, device)
    if request.get("method") == "lora":
        model = add_adapter(model, request)
    if request.get("checkpointing") == "full":
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": True})
        if request.get("method") == "lora":
            model.enable_input_require_grads()
    model.train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = make_optimizer(trained, request)
    batch = make_batch(model, request, device)
    mixed = request["precision"].endswith("-mixed")

    def forward():
        with torch.autocast(device, dtype=torch.bfloat16) if mixed else contextlib.nullcontext():
            return model(**batch, use_cache=False).loss if model.config.model_type != "bert" else model(**batch).loss

    for step in range(WARM_UP + 1):
        meter.forget_phases()
        for _ in range(request.get("grad_accum", 1)):
            loss = meter.phase("forward", forward)
            meter.phase("backward", loss.backward)
            del loss
        if request.get("clip_grad"):
            meter.phase("clip", lambda: torch.nn.utils.clip_grad_norm_(trained, 1.0))
        meter.phase("optimizer", optimizer.step)
        meter.phase("zero_grad", optimizer.zero_grad)


def generate(request, device, meter):
    import torch

    def prefill():
        return model(input_ids=ids, use_cache=True, logits_to_keep=1)

    def decode():
        past = first.past_key_values
        token = first.logits[:, -1:].argmax(-1)
        for _ in range(request["context"] - request["prompt"]):
            said = model(input_ids=token, past_key_values=past, use_cache=True, logits_to_keep=1)
            token = said.logits[:, -1:].argmax(-1)
            del said

    with torch.no_grad():
        model = meter.phase("load", lambda: make_model(request, device).eval())
        for _ in range(2):
            ids = torch.randint(0, model.config.vocab_size, (request["batch"], request["prompt"]), device=device)
            load = meter.phases.get("load")
            meter.forget_phases()
            if load:
                meter.phases["load"] = load
            first = meter.phase("prefill", prefill)
            meter.phase("decode", decode)
            del first, ids


def run_case(case, device):
    """One record; running out of memory is one."""
    import torch

    request = case["request"]
    record = {"id": case["id"], "request": request, "versions": versions()}
    used_before = used_on_the_card() if device == "cuda" else None
    meter = Meter(device)
    try:
        (train if request["task"] == "train" else generate)(request, device, meter)
        record["oom"] = False
    except torch.cuda.OutOfMemoryError:
        record["oom"] = True
    if device == "cuda":
        used = used_on_the_card()
        record["allocated"] = meter.allocated
        record["reserved"] = meter.reserved
        record["device"] = used - used_before if None not in (used, used_before) else None
        record["phases"] = meter.phases
        record["allocator"] = allocator_summary()
        record["workspace"] = workspace_bytes()
    return record


# --- the whole ---------------------------------------------------------------------------------------


def require_torch(cpu):
    """Says in one sentence what is missing, and leaves with status 2."""
    try:
        import torch
        import transformers  # noqa: F401
    except ImportError as error:
        sys.exit(refusal(f"Measuring needs PyTorch and transformers ({error})."))
    if not cpu and not torch.cuda.is_available():
        sys.exit(refusal("Measuring needs a CUDA GPU, and PyTorch sees none; --cpu tries the script without one."))


def refusal(sentence):
    print(sentence, file=sys.stderr)
    return 2


def in_a_process(case, cpu):
    """The case's record, or nothing and the reason."""
    command = [sys.executable, str(HERE), "--one", json.dumps(case)] + (["--cpu"] if cpu else [])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return json.loads(done.stdout.strip().splitlines()[-1]), ""
    lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
    return None, lines[-1] if lines else f"exit status {done.returncode}"


def read_records(path):
    return json.loads(path.read_text()) if path.exists() else []


def write_records(path, records):
    """A JSON array with one record a line: a diff shows what is new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(record, separators=(",", ":")) for record in records)
    path.write_text("[\n" + lines + "\n]\n")


def name_of_machine():
    said = versions()
    text = f"{said['card']}-torch{said['torch']}".lower()
    return re.sub(r"[^a-z0-9.]+", "-", text).strip("-")


def measure(cases, options):
    path = options.out or MEASURED / (name_of_machine() + ".json")
    records = read_records(path)
    known = {record["id"] for record in records}
    began = time.monotonic()
    for case in cases:
        if case["id"] in known:
            continue
        if options.minutes and time.monotonic() - began > 60 * options.minutes:
            print(f"stopped after {options.minutes} minutes; call again to go on")
            break
        record, reason = in_a_process(case, False)
        if record is None:
            print(f"{case['id']:32s} not run: {reason}")
            continue
        records.append(record)
        write_records(path, records)
        said = "out of memory" if record["oom"] else f"{record['allocated'] / 2**30:7.2f} GiB allocated, " \
                                                     f"{record['reserved'] / 2**30:7.2f} reserved"
        print(f"{case['id']:32s} {said}", flush=True)
    print(f"{len(records)} records in {path}")
    return 0


def try_on_cpu(cases):
    failed = 0
    for case in cases:
        record, reason = in_a_process(case, True)
        lacks = record is None and "not installed" in reason
        failed += record is None and not lacks
        print(f"{case['id']:32s} {'ran' if record else reason}", flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", action="store_true", help="print the grid")
    parser.add_argument("--json", action="store_true", help="with --plan: the requests, one a line")
    parser.add_argument("--only", default="", metavar="TEXT", help="the cases whose name holds this")
    parser.add_argument("--minutes", type=float, help="stop after so long")
    parser.add_argument("--out", type=Path, help="the file of records")
    parser.add_argument("--cpu", action="store_true", help="tiny models on the processor, nothing recorded")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()

    if options.one:
        try:
            print(json.dumps(run_case(json.loads(options.one), "cpu" if options.cpu else "cuda")))
        except Missing as missing:
            return refusal(str(missing))
        return 0
    cases = [case for case in (smoke() if options.cpu else grid()) if options.only in case["id"]]
    if options.plan:
        for case in cases:
            print(json.dumps({"id": case["id"], **case["request"]}) if options.json else case["id"])
        return 0
    require_torch(options.cpu)
    return try_on_cpu(cases) if options.cpu else measure(cases, options)


if __name__ == "__main__":
    sys.exit(main())
