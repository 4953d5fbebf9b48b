#!/usr/bin/env python3
"""Between the chain and verdict, through the bittensor SDK: reads what miners have committed to, and sets weights.

  candidates   the metagraph and every commitment at one block, as a candidates file without paths (for stage_models.py or
               epoch.sh --commitments-from). The block is the last multiple of --every (150) that is final, so that
               operators who start within the same 150 blocks have the same candidates and draw the same rows.
  submit RUN   asks the chain for its rules, checks the weights of RUN with `verdict publish --dry-run`, and says what
               it would set; with --really it sets them. RUN is a run folder or the weights.json in it.

Exit code 0: done. 64 wrong use, 65 the chain would refuse these weights, 74 a file cannot be read or written, 75 the chain
did not answer, did not take them, or it is too soon after the last ones: the same line again, later.

Needs the SDK, in a virtual environment of its own or in verdict's: pip install -r launch/requirements-chain.txt

Examples:
  .venv/bin/python launch/chain.py candidates --competitions my/competitions.toml --out my/commitments.json
  .venv/bin/python launch/chain.py submit runs/epoch-1 --wallet my-validator --hotkey default
Environment: VERDICT, the program (default: build/release/verdict beside launch/).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from subnet.commitments import Refused, parse, text_of
from subnet.network import Network, Trouble

DONE, USAGE, BAD_DATA, INTERNAL, IO_ERROR, AGAIN = 0, 64, 65, 70, 74, 75
HOME = Path(__file__).resolve().parents[1]


class Problem(Exception):
    """Ends the program with an exit code and one line."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def say(text: str) -> None:
    print(f"chain: {text}", file=sys.stderr)


def parse_line(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    read = commands.add_parser("candidates", help="commitments and metagraph -> a candidates file without paths")
    read.add_argument("--competitions", type=Path, required=True, help="competitions file: netuid, and who is known")
    read.add_argument("--out", type=Path, help="candidates file to write (default: standard output)")
    read.add_argument("--every", type=int, default=150, help="blocks between two evaluations (150)")
    read.add_argument("--block", type=int, help="this block, in place of the last multiple of --every")
    send = commands.add_parser("submit", help="check the weights of a run, and set them")
    send.add_argument("run", type=Path, help="run folder, or its weights.json")
    send.add_argument("--wallet", default="default", help="name of the wallet (default)")
    send.add_argument("--hotkey", default="default", help="name of its hotkey (default)")
    send.add_argument("--wallets", help="folder of the wallets (the SDK's own)")
    send.add_argument("--mechanism", type=int, default=0, help="of the subnet (0)")
    send.add_argument("--conversion", default="max-scale", choices=["max-scale", "process-weights"], help="as of verdict")
    send.add_argument("--exclude-quantile", type=int, default=0, help="with process-weights, in 65535ths (0)")
    send.add_argument("--really", action="store_true", help="set them; without it nothing is sent")
    for command in (read, send):
        command.add_argument("--network", default="finney", help="name or address of a node, as the SDK takes it (finney)")
    try:
        return parser.parse_args(arguments)
    except SystemExit as end:
        raise SystemExit(USAGE if end.code else 0) from None


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_competitions(path: Path) -> tuple[int, int, set[int]]:
    """netuid, uids, and the numbers of the competitions."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return int(content["netuid"]), int(content["uids"]), {int(c["id"]) for c in content["competition"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem(USAGE, f"{path} is no competitions file: {error!r}") from error


def candidate_of(record: Any, uid: int, hotkey: str, at: int, known: set[int]) -> dict[str, Any]:
    """Throws Refused if the record names no model of one of the competitions."""
    text = text_of(record)
    found = parse(text)
    if found.competition not in known:
        raise Refused(f"competition {found.competition} is not in the competitions file")
    block = int(record["block"])
    if not 0 <= block <= at:
        raise Refused(f"a block up to {at} expected, found {block}")
    names = {"uid": uid, "hotkey": hotkey, "repo": found.repo, "commit": found.commit, "secure_hash": found.secure_hash}
    return names | {"commitment": text, "competition": found.competition, "block": block}


def candidates(given: argparse.Namespace, network: Network) -> int:
    netuid, uids, known = read_competitions(given.competitions)
    block = given.block
    if block is None:
        block = network.finalised_block() // given.every * given.every
    subnet = network.subnet(netuid, block)
    if subnet is None:
        raise Problem(USAGE, f"there is no subnet {netuid} at block {block}")
    if len(subnet.hotkeys) > uids:
        raise Problem(USAGE, f"{given.competitions}: uids = {uids}, but subnet {netuid} has {len(subnet.hotkeys)}")
    entered, refused = [], 0
    for uid, hotkey in enumerate(subnet.hotkeys):
        record = network.commitment(netuid, hotkey, subnet.block_hash)
        if not record:
            continue
        try:
            entered.append(candidate_of(record, uid, hotkey, block, known))
        except Refused as reason:
            refused += 1
            say(f"uid {uid} has no submission: {reason}")
    document = {"block": block, "block_hash": subnet.block_hash}
    document |= {"hotkeys": {str(uid): hotkey for uid, hotkey in enumerate(subnet.hotkeys)}, "candidates": entered}
    say(f"block {block}: {len(entered)} submissions of {len(subnet.hotkeys)} uids, {refused} commitments refused")
    if given.out is None:
        print(json.dumps(document, indent=1))
    else:
        write_json(given.out, document)
    return DONE


def find_verdict() -> str:
    """As launch/program.sh does."""
    for place in (os.environ.get("VERDICT"), HOME / "build/release/verdict", HOME / "../../bin/verdict"):
        if place and os.access(place, os.X_OK):
            return str(place)
    found = shutil.which("verdict")
    if found is None:
        raise Problem(USAGE, f"no program: type {HOME}/launch/build.sh, or set VERDICT to its path")
    return found


def checked(given: argparse.Namespace, run: Path) -> dict[str, Any]:
    """What verdict would send, after every rule of the chain has been kept. Says which are not, and ends there."""
    line = [find_verdict(), "publish", str(run), "--dry-run", "--json", "--chain", str(run / "chain.json")]
    line += ["--conversion", given.conversion, "--exclude-quantile", str(given.exclude_quantile)]
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True)
    try:
        document = json.loads(done.stdout)
    except ValueError:  # It has said on standard error what it has to say.
        raise Problem(done.returncode or INTERNAL, f"verdict publish ended with {done.returncode}") from None
    broken = [rule for rule in document["rules"] if rule["outcome"] != "kept"]
    for rule in broken:
        say(f"{rule['rule']}: {rule['outcome']}: {rule['found']}")
    if broken or done.returncode != DONE:
        raise Problem(done.returncode or BAD_DATA, "nothing is sent")
    return dict(document)


def read_published(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise Problem(IO_ERROR, f"{path} is damaged: {error}") from error


def submit(given: argparse.Namespace, network: Network, wallet: Any) -> int:
    run = given.run.parent if given.run.name == "weights.json" else given.run
    weights = json.loads((run / "weights.json").read_text(encoding="utf-8"))
    earlier = read_published(run / "published.json")
    if earlier.get("results_sha256") == weights["results_sha256"]:
        say(f"the weights of {run} were set at block {earlier['chain_block']}: nothing to do")
        return DONE
    hotkey = wallet.hotkey.ss58_address
    view = network.view(int(weights["netuid"]), given.mechanism, hotkey, network.finalised_block())
    write_json(run / "chain.json", view)
    document = checked(given, run)
    what = f"{len(document['uids'])} weights of block {document['block']} on subnet {document['netuid']} as {hotkey}"
    for uid, weight in zip(document["uids"], document["weights"], strict=True):
        say(f"uid {uid}: {weight}")
    if others := document["others"]:
        share = 100 * others["same_top_stake_share"]
        say(f"{share:.1f} % of the stake of {others['validators']} other validators pays most to the same uid")
    if not given.really:
        say(f"dry run: would set {what} (--really)")
        return DONE
    document["message"] = network.set_weights(wallet, document)
    write_json(run / "published.json", document | {"hotkey": hotkey})
    say(f"set {what}")
    return DONE


def open_sdk() -> Any:
    """The SDK takes seconds to load and reads the command line and the environment: only here, only now."""
    try:
        import bittensor
    except ImportError as error:
        raise Problem(USAGE, f"{error}: type {sys.executable} -m pip install -r {HOME}/launch/requirements-chain.txt") from error
    return bittensor


def main(arguments: list[str] | None = None, sdk: Callable[[], Any] = open_sdk) -> int:
    try:
        given = parse_line(arguments)
        if given.command == "candidates" and given.every < 1:
            raise Problem(USAGE, f"--every: at least 1 expected, found {given.every}")
        bittensor = sdk()
        try:
            network = Network(bittensor.Subtensor(network=given.network))
        except Exception as error:
            raise Trouble(f"{given.network}: {type(error).__name__}: {error}") from error
        if given.command == "candidates":
            return candidates(given, network)
        place = {"path": given.wallets} if given.wallets else {}
        return submit(given, network, bittensor.Wallet(name=given.wallet, hotkey=given.hotkey, **place))
    except Problem as problem:
        say(str(problem))
        return problem.code
    except Trouble as trouble:
        say(f"the chain: {trouble}")
        return AGAIN
    except (OSError, ValueError, KeyError) as error:
        say(f"{type(error).__name__}: {error}")
        return IO_ERROR


if __name__ == "__main__":
    sys.exit(main())
