"""The chain, through the bittensor SDK: the one place that knows its names. Everything is read at one block.

Written against bittensor 10.2.0 (launch/requirements-chain.txt), and tested against a stand-in of its Subtensor.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
NO_LIMIT = 65535


class Trouble(Exception):
    """The chain did not answer, or took nothing; trying again may help."""


@dataclass(frozen=True)
class Subnet:
    """A subnet at one block; lists are by uid."""

    block: int
    block_hash: str
    hotkeys: list[str]
    info: Any  # The SDK's MetagraphInfo.


def plain(answer: Any) -> Any:
    """A value of the storage; the SDK wraps some."""
    return getattr(answer, "value", answer)


class Network:
    def __init__(self, subtensor: Any) -> None:
        self.subtensor = subtensor

    def ask(self, what: str, question: Callable[[], T]) -> T:
        """The SDK throws what its transport throws, whatever that is."""
        try:
            return question()
        except Exception as error:
            raise Trouble(f"{what}: {type(error).__name__}: {error}") from error

    def finalised_block(self) -> int:
        """Of the last block that no fork can take back."""
        substrate = self.subtensor.substrate
        return int(self.ask("the finalised block", lambda: substrate.get_block_number(substrate.get_chain_finalised_head())))

    def storage(self, pallet: str, name: str, parameters: list[Any], block_hash: str) -> Any:
        query = self.subtensor.substrate.query
        return plain(self.ask(f"{pallet}.{name}", lambda: query(pallet, name, parameters, block_hash=block_hash)))

    def subnet(self, netuid: int, block: int) -> Subnet | None:
        """Nothing if there is no such subnet."""
        block_hash = self.ask(f"the hash of block {block}", lambda: self.subtensor.get_block_hash(block))
        if not block_hash:
            raise Trouble(f"the hash of block {block}: the node does not know that block")
        info = self.ask("the metagraph", lambda: self.subtensor.get_metagraph_info(netuid, block=block))
        return None if info is None else Subnet(block, str(block_hash), list(info.hotkeys), info)

    def commitment(self, netuid: int, hotkey: str, block_hash: str) -> Any:
        """The record with its block, in one read: a block of one moment and a text of another could be paired."""
        return self.storage("Commitments", "CommitmentOf", [netuid, hotkey], block_hash)

    def view(self, netuid: int, mechanism: int, hotkey: str, block: int) -> dict[str, Any]:
        """CHAIN.json: the subnet, and the validator that sets weights there."""
        head = {"schema": "verdict-chain-1", "netuid": netuid, "block": block, "hotkey": hotkey, "mechanism": mechanism}
        subnet = self.subnet(netuid, block)
        if subnet is None:
            return head | {"subnet_exists": False}
        rules = self.ask("the hyperparameters", lambda: self.subtensor.get_subnet_hyperparameters(netuid, block=block))
        if rules is None:
            raise Trouble("the hyperparameters: the node has none for this subnet")
        view = head | {
            "subnet_exists": True,
            "mechanisms": int(self.storage("SubtensorModule", "MechanismCountCurrent", [netuid], subnet.block_hash) or 1),
            "uids": len(subnet.hotkeys),
            "uid": None,
            "least_stake": int(self.storage("SubtensorModule", "StakeThreshold", [], subnet.block_hash) or 0),
            "version_key": int(rules.weights_version),
            "rate_limit": int(rules.weights_rate_limit),
            "commit_reveal": bool(rules.commit_reveal_weights_enabled),
            "min_allowed_weights": int(rules.min_allowed_weights),
            "max_weight_limit": limit_of(rules.max_weight_limit),
            "registered_at": [int(at) for at in subnet.info.block_at_registration],
            "validators": self.validators(netuid, mechanism, subnet),
        }
        if hotkey not in subnet.hotkeys:
            return view
        uid = subnet.hotkeys.index(hotkey)
        return view | {
            "uid": uid,
            "stake": int(subnet.info.total_stake[uid].rao),
            "last_update": int(subnet.info.last_update[uid]),
            "validator_permit": bool(subnet.info.validator_permit[uid]),
            "owner": subnet.info.owner_hotkey == hotkey,
        }

    def validators(self, netuid: int, mechanism: int, subnet: Subnet) -> list[dict[str, Any]] | None:
        """Who has set weights, and which; a commit that is not revealed yet is not among them. No rule of the chain needs
        it: if it cannot be read it is not known."""
        more = {"mechid": mechanism} if mechanism else {}
        try:
            rows = self.ask("the weights", lambda: self.subtensor.weights(netuid=netuid, block=subnet.block, **more))
        except Trouble:
            return None
        return [
            {
                "uid": int(uid),
                "stake": int(subnet.info.total_stake[uid].rao),
                "permit": bool(subnet.info.validator_permit[uid]),
                "weights": [[int(miner), int(weight)] for miner, weight in row],
            }
            for uid, row in sorted(rows)
        ]

    def set_weights(self, wallet: Any, document: dict[str, Any]) -> str:
        """The largest weight is 65535, so the SDK, which divides by it and multiplies again, sends them as they are."""
        more = {"mechid": document["mechanism"]} if document["mechanism"] else {}
        answer = self.ask(
            "setting the weights",
            lambda: self.subtensor.set_weights(
                wallet=wallet,
                netuid=document["netuid"],
                uids=document["uids"],
                weights=[float(weight) for weight in document["weights"]],
                version_key=document["version_key"],
                wait_for_inclusion=True,
                wait_for_finalization=True,
                **more,
            ),
        )
        success, message = (answer.success, answer.message) if hasattr(answer, "success") else tuple(answer)[:2]
        if success is not True:
            raise Trouble(f"setting the weights: {message or 'the chain did not take them, and said nothing'}")
        return str(message or "")


def limit_of(value: Any) -> int:
    """In 65535ths. Some versions of the SDK give a share of 1 instead, as a float."""
    return round(value * NO_LIMIT) if isinstance(value, float) and value <= 1.0 else int(value)
