"""State over epochs: moving averages by hotkey, and reruns that change nothing."""

import json
from pathlib import Path
from typing import Any

import h5py
import support
from fixtures import random_tokens, write_shard
from support import candidate, competition, evaluate, task

FIRST, SECOND = 3, 7  # uids


class State(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        cls.make_model("good", 1)
        cls.make_model("other", 2)
        write_shard(cls.folder / "prose.h5", random_tokens(1, 8))
        cls.wanted = competition(1, "tiny", [task("prose", "prose.h5", 1.0)], payout="winner")

    def epoch(self, number: int, candidates: list[dict[str, Any]], **changes: Any) -> support.Inputs:
        inputs = support.write_inputs(self.folder, [self.wanted], candidates, name=f"epoch{number}")
        text = json.loads(inputs.candidates.read_text()) | {"block": support.BLOCK + 100 * number} | changes
        inputs.candidates.write_text(json.dumps(text))
        return inputs

    def evaluate(self, inputs: support.Inputs, name: str, state: Path) -> support.Outcome:
        return evaluate(inputs, self.folder / name, "--state", str(state))

    def ema(self, run: str) -> dict[int, float]:
        with h5py.File(self.folder / run / "results.h5") as file:
            group = file["competitions/tiny"]
            return dict(zip(group["uid"][:].tolist(), group["ema"][:].tolist(), strict=True))

    def weights(self, run: str) -> dict[int, int]:
        published = json.loads((self.folder / run / "weights.json").read_text())
        return dict(zip(published["uids"], published["weights"], strict=True))

    def test_averages_move_by_half_and_a_rerun_does_not_move_them_again(self) -> None:
        state = self.folder / "moving.json"
        alone = self.epoch(1, [candidate(FIRST, "good")])
        self.assert_done(self.evaluate(alone, "moving1", state))
        self.assertEqual(self.ema("moving1"), {FIRST: 1.0})
        after_first = state.read_text()

        # Another candidate wins the second epoch alone: half of the weight moves.
        other = self.epoch(2, [candidate(SECOND, "other")])
        self.assert_done(self.evaluate(other, "moving2", state))
        self.assertEqual(self.ema("moving2"), {SECOND: 0.5})
        self.assertEqual(self.weights("moving2"), {FIRST: 65535, SECOND: 65535})
        after_second = state.read_text()
        self.assertNotEqual(after_first, after_second)

        # The same line again: the same state, byte for byte.
        self.assert_done(self.evaluate(other, "moving2", state))
        self.assertEqual(state.read_text(), after_second)
        self.assertEqual((self.folder / "moving2/state.before.json").read_text(), after_first)

        # As if it had been killed just before the state was replaced.
        state.write_text(after_first)
        self.assert_done(self.evaluate(other, "moving2", state))
        self.assertEqual(state.read_text(), after_second)

        # The first epoch again must not undo the second.
        self.assert_refused(self.evaluate(alone, "moving1", state), 64, str(state), "later evaluation")
        self.assertEqual(state.read_text(), after_second)

    def test_an_average_belongs_to_the_hotkey_and_not_to_the_uid(self) -> None:
        state = self.folder / "hotkeys.json"
        self.assert_done(self.evaluate(self.epoch(1, [candidate(FIRST, "good")]), "hotkeys1", state))
        # The first uid has changed hands; its new owner does not compete.
        hotkeys = {str(FIRST): "somebody-else", str(SECOND): f"hotkey-{SECOND}"}
        second = self.epoch(2, [candidate(SECOND, "other")], hotkeys=hotkeys)
        self.assert_done(self.evaluate(second, "hotkeys2", state))
        self.assertEqual(self.weights("hotkeys2"), {SECOND: 65535})

    def test_who_does_not_sit_at_the_uid_takes_no_win_from_who_does(self) -> None:
        hotkeys = {str(FIRST): "somebody-else", str(SECOND): f"hotkey-{SECOND}"}
        inputs = self.epoch(1, [candidate(FIRST, "good"), candidate(SECOND, "other")], hotkeys=hotkeys)
        self.assert_done(evaluate(inputs, self.folder / "seats"))
        self.assertEqual(self.weights("seats"), {SECOND: 65535})
        with h5py.File(self.folder / "seats/results.h5") as file:
            self.assertEqual(file["status"][:].tolist(), [1, 0])
            self.assertIn(f"does not sit at uid {FIRST}", file["reason"].asstr()[0])

    def test_a_damaged_or_later_state_is_refused_and_stays(self) -> None:
        state = self.folder / "damaged.json"
        inputs = self.epoch(1, [candidate(FIRST, "good")])
        self.assert_done(self.evaluate(inputs, "damaged0", state))
        good = state.read_text()
        bad = {
            "torn": good[: len(good) // 2],
            "changed": good.replace('"weight": 1.0', '"weight": 0.9'),
            "later": good.replace("verdict-state-1", "verdict-state-2"),
        }
        for name, text in bad.items():
            with self.subTest(name):
                state.write_text(text)
                outcome = self.evaluate(self.epoch(2, [candidate(FIRST, "good")]), f"damaged-{name}", state)
                self.assert_refused(outcome, 65, str(state))
                self.assertEqual(state.read_text(), text)
                self.assertFalse((self.folder / f"damaged-{name}/results.h5").exists())

    def test_a_state_of_a_later_block_is_refused(self) -> None:
        state = self.folder / "clock.json"
        self.assert_done(self.evaluate(self.epoch(2, [candidate(FIRST, "good")]), "clock2", state))
        kept = state.read_text()
        outcome = self.evaluate(self.epoch(1, [candidate(FIRST, "good")]), "clock1", state)
        self.assert_refused(outcome, 64, str(state), "block")
        self.assertEqual(state.read_text(), kept)
        # The same block in another folder would move the averages a second time.
        again = self.evaluate(self.epoch(2, [candidate(FIRST, "good")]), "clock2-again", state)
        self.assert_refused(again, 64, str(state), "block")
        self.assertEqual(state.read_text(), kept)


if __name__ == "__main__":
    support.main()
