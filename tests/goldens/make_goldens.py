#!/usr/bin/env python3
"""Makes or checks the golden checkpoints under tests/goldens: tiny random models and their losses.

The losses are those of Hugging Face transformers: float64 cross-entropy of its float32 logits, so that they do not
come from our own code. See README.md beside this file.

Examples:
  .venv/bin/python tests/goldens/make_goldens.py            # make all of them again
  .venv/bin/python tests/goldens/make_goldens.py --only qwen2
  .venv/bin/python tests/goldens/make_goldens.py --check    # losses of the committed files against expected.json
"""

import argparse
import json
import shutil
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import llama_cases
import other_cases
import relatives_cases
import safetensors.torch
import torch
import transformers
from cases import Case
from transformers import PreTrainedModel

HERE = Path(__file__).resolve().parent
CASES: list[Case] = [*llama_cases.CASES, *relatives_cases.CASES, *other_cases.CASES]
# Folder of a family and the class that writes and reads its checkpoints.
FAMILIES = {
    "llama": transformers.LlamaForCausalLM,
    "mistral": transformers.MistralForCausalLM,
    "qwen2": transformers.Qwen2ForCausalLM,
    "qwen3": transformers.Qwen3ForCausalLM,
    "gemma": transformers.GemmaForCausalLM,
    "gemma2": transformers.Gemma2ForCausalLM,
    "phi3": transformers.Phi3ForCausalLM,
    "olmo2": transformers.Olmo2ForCausalLM,
    "phi": transformers.PhiForCausalLM,
    "gpt_neox": transformers.GPTNeoXForCausalLM,
    "gpt2": transformers.GPT2LMHeadModel,
    "gptj": transformers.GPTJForCausalLM,
    "falcon": transformers.FalconForCausalLM,
    "bart": transformers.BartForCausalLM,
}
WEIGHT_STD = 0.3  # large enough that losses lie far from log(vocabulary)
MAX_CASE_BYTES, MAX_ALL_BYTES = 70_000, 1_800_000
ATTENTION_AGREES = 3e-5  # eager against SDPA on random logits, in nat
# float32 kernels round differently on another processor: logits move by a few 1e-6, a row's mean by less.
CHECK_TOLERANCE = 1e-6
GENERATED = 20  # tokens after a prompt
LONGEST_PROMPT = 720  # beyond the window of 700
CLEAR = 1e-4  # the highest logit is ahead of the second by this much, so that no rounding decides
# The names under which configs keep how many learned positions there are.
LEARNED_POSITIONS = {"gpt2": "n_positions", "bart": "max_position_embeddings"}

Losses = dict[str, list[float]]


def fail(message: str) -> None:
    sys.exit(f"make_goldens: {message}")


def make_model(case: Case) -> PreTrainedModel:
    """A random model; norms and biases too, which would otherwise be ones and zeros and hide a swap."""
    family = FAMILIES[case.family]
    model = family(family.config_class(**case.settings)).eval()
    generator = torch.Generator().manual_seed(zlib.crc32(case.name.encode()))
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator) * WEIGHT_STD
            is_ones = parameter.dim() == 1 and bool((parameter == 1).all())  # the weight of a norm, as it is made
            parameter.copy_(1.0 + noise if is_ones else noise)
    return model.to(getattr(torch, case.dtype))


def make_tokens(case: Case) -> list[list[int]]:
    generator = torch.Generator().manual_seed(zlib.crc32(case.name.encode()) + 1)
    return torch.randint(case.settings["vocab_size"], (case.rows, case.length), generator=generator).tolist()


def load(folder: Path, changes: dict[str, Any] | None, attention: str) -> PreTrainedModel:
    """Weights raised to float32."""
    family = FAMILIES[folder.parent.name]
    config = family.config_class.from_pretrained(folder)
    for key, value in (changes or {}).items():
        setattr(config, key, value)
    return family.from_pretrained(folder, config=config, dtype=torch.float32, attn_implementation=attention).eval()


def cache_is_broken(folder: Path, model: PreTrainedModel) -> bool:
    """Bart's counts the layers of the encoder; that of a window of one token keeps all of them; longrope drops what it
    must compute anew, and then reads the last token alone."""
    rope = getattr(model.config, "rope_parameters", None) or {}
    one_token = getattr(model.config, "sliding_window", None) == 1
    return folder.parent.name == "bart" or one_token or rope.get("rope_type") == "longrope"


def generation(folder: Path, tokens: list[list[int]], attention: str = "sdpa") -> dict[str, Any]:
    """What greedy decoding with the cache of transformers says after the first tokens of the first two rows."""
    model = load(folder, None, attention)
    length = min(len(tokens[0]), LONGEST_PROMPT)
    if folder.parent.name in LEARNED_POSITIONS:
        length = min(length, getattr(model.config, LEARNED_POSITIONS[folder.parent.name]) - GENERATED + 1)
    prompts = torch.tensor([row[:length] for row in tokens[:2]])
    model.generation_config = transformers.GenerationConfig(pad_token_id=0)  # No end, and no settings of the model's.
    with torch.inference_mode():
        made = model.generate(
            prompts,
            attention_mask=torch.ones_like(prompts),
            do_sample=False,
            max_new_tokens=GENERATED,
            use_cache=not cache_is_broken(folder, model),
            output_logits=True,
            return_dict_in_generate=True,
        )
    best = torch.stack(made.logits).topk(2).values
    ahead = (best[..., 0] - best[..., 1]).min().item()
    if ahead < CLEAR:
        fail(f"{folder.name}: the first two tokens are {ahead:.1e} nat apart, which rounding may turn round")
    return {"prompt_tokens": length, "generated": made.sequences[:, length:].tolist()}


def losses(folder: Path, tokens: list[list[int]], changes: dict[str, Any] | None = None, attention: str = "sdpa") -> Losses:
    """Loss per row, in nat: positions 1..L-1 predicted from those before."""
    model = load(folder, changes, attention)
    sums = []
    with torch.inference_mode():
        for row in tokens:
            logits = model(torch.tensor([row]), use_cache=False).logits[0, :-1].double()
            sums.append(torch.nn.functional.cross_entropy(logits, torch.tensor(row[1:]), reduction="sum").item())
    return {"nll_sum": sums, "nll_mean": [s / (len(row) - 1) for s, row in zip(sums, tokens, strict=True)]}


def distance(a: Losses, b: Losses) -> float:
    return max(abs(x - y) for x, y in zip(a["nll_mean"], b["nll_mean"], strict=True))


def write_old_config(folder: Path) -> None:
    """The same settings in the form that transformers before 5 wrote."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters")
    neox = config["model_type"] == "gpt_neox"
    config["rotary_emb_base" if neox else "rope_theta"] = rope.pop("rope_theta")
    partial = rope.pop("partial_rotary_factor", None)
    if partial is not None:
        config["rotary_pct" if neox else "partial_rotary_factor"] = partial
    config["rope_scaling"] = rope if rope["rope_type"] != "default" else None
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.44.1"
    config["pretraining_tp"] = 1
    path.write_text(json.dumps(dict(sorted(config.items())), indent=2) + "\n")


def rename_tensors(folder: Path, renames: dict[str, str]) -> None:
    """The same tensors under the names that other writers use."""
    path = folder / "model.safetensors"
    tensors = safetensors.torch.load_file(path)
    for old, new in renames.items():
        tensors = {new + name.removeprefix(old) if name.startswith(old) else name: t for name, t in tensors.items()}
    safetensors.torch.save_file(tensors, path, metadata={"format": "pt"})


def write_expected(path: Path, case: Case, tokens: list[list[int]], result: dict[str, Any]) -> None:
    head = {"transformers": transformers.__version__, "torch": torch.__version__, "case": case.name, "what": case.what}
    if case.attention is not None:
        head["attention"] = case.attention
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in {**head, **result}.items()]
    rows = ",\n".join(f"    {json.dumps(row)}" for row in tokens)
    path.write_text("{\n" + ",\n".join([*lines, f'  "tokens": [\n{rows}\n  ]']) + "\n}\n")


def require_meaningful(case: Case, folder: Path, tokens: list[list[int]], result: Losses) -> None:
    """Stops unless the reference agrees with itself and differs from what a wrong reader would get."""
    if case.attention is None:
        apart = distance(result, losses(folder, tokens, attention="eager"))
        if apart > ATTENTION_AGREES:
            fail(f"{case.name}: eager and SDPA attention are {apart:.1e} nat apart, at most {ATTENTION_AGREES} expected")
    if case.naive:
        moved = distance(result, losses(folder, tokens, case.naive, case.attention or "sdpa"))
        if moved < case.naive_moves:
            fail(f"{case.name}: reading it with {case.naive} moves the loss by {moved:.1e} nat only: it tests nothing")


def make(case: Case, target: Path) -> int:
    """Writes one case anew and returns its size in bytes."""
    tokens = make_tokens(case)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / case.family / case.name
        make_model(case).save_pretrained(folder, max_shard_size=case.max_shard_size)
        (folder / "generation_config.json").unlink(missing_ok=True)
        attention = case.attention or "sdpa"
        result = losses(folder, tokens, attention=attention)
        if case.old_config:
            write_old_config(folder)
            if losses(folder, tokens, attention=attention) != result:
                fail(f"{case.name}: the older form of config.json gives other losses")
        if case.renames:
            rename_tensors(folder, case.renames)
            if losses(folder, tokens, attention=attention) != result:
                fail(f"{case.name}: transformers reads the renamed tensors differently")
        require_meaningful(case, folder, tokens, result)
        write_expected(folder / "expected.json", case, tokens, result | generation(folder, tokens, attention))
        size = sum(f.stat().st_size for f in folder.iterdir())
        if size > MAX_CASE_BYTES:
            fail(f"{case.name}: {size} bytes, at most {MAX_CASE_BYTES} wanted")
        shutil.rmtree(target / case.family / case.name, ignore_errors=True)
        shutil.copytree(folder, target / case.family / case.name)
    print(f"{case.family:8} {case.name:24} {size:6} bytes  nll {' '.join(f'{x:.4f}' for x in result['nll_mean'])}")
    return size


def check(folder: Path) -> bool:
    """Compares one committed case with what transformers says now."""
    expected = json.loads((folder / "expected.json").read_text())
    attention = expected.get("attention", "sdpa")
    apart = distance(expected, losses(folder, expected["tokens"], attention=attention))
    said = generation(folder, expected["tokens"], attention)
    good = apart <= CHECK_TOLERANCE and all(expected[key] == value for key, value in said.items())
    print(f"{folder.parent.name:8} {folder.name:24} {'ok' if good else 'DIFFERS'}  {apart:.1e} nat apart")
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; compare the committed files")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the families (default: that of this file)")
    parser.add_argument("--only", metavar="FAMILY", help="make or check this family only")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    if arguments.check:
        folders = sorted(path.parent for path in arguments.out.glob(f"{arguments.only or '*'}/*/expected.json"))
        if not folders:
            fail(f"{arguments.out}: no case with an expected.json in it")
        wrong = [folder.name for folder in folders if not check(folder)]
        if wrong:
            fail(
                f"{len(wrong)} of {len(folders)} cases differ by more than {CHECK_TOLERANCE} nat, or in what they generate: "
                + ", ".join(wrong)
            )
        return
    cases = [case for case in CASES if arguments.only in (None, case.family)]
    total = sum(make(case, arguments.out) for case in cases)
    if total > MAX_ALL_BYTES:
        fail(f"{total} bytes in all, at most {MAX_ALL_BYTES} wanted")
    print(f"{len(cases)} cases, {total} bytes")


if __name__ == "__main__":
    main()
