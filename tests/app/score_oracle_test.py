"""`verdict score` against a second implementation of scoring.md A.3 to A.5 and B.2, written from its text, on random cases."""

import json
import math
import random
from typing import Any

import support
from support import run

CASES = 100
INF = math.inf
Json = dict[str, Any]


def epsilon(eps: Json, current: float, block: float) -> float:
    if "fixed" in eps:
        return eps["fixed"]
    start, end, blocks = eps["linear"]
    return start - min(max(current - block, 0) / blocks, 1) * (start - end)


class Step:
    """One step of A.3, or of A.9 if `hardened`."""

    def __init__(self, uids: list[int], scores: dict[int, float], blocks: dict[int, int], eps: Json, current: int, hardened: bool) -> None:
        self.scores, self.blocks, self.eps, self.current, self.hardened = scores, blocks, eps, current, hardened
        order = sorted(uids) if hardened else uids
        self.order, self.good = order, [u for u in order if not hardened or self.counts(u)]
        self.competitive = [u for u in self.good if self.is_competitive(u)]
        beaten = {u: sum(self.beats(u, other) for other in self.competitive if other != u) for u in self.competitive}
        self.wins, others = beaten, len(self.competitive) - 1
        self.rate = {u: beaten[u] / others if others else 1.0 for u in self.competitive}
        self.weights = dict.fromkeys(uids, 0.0)
        powers = {u: math.exp((self.rate.get(u, 0.0) - 1) / 0.01) for u in self.good}
        for u in self.good:
            self.weights[u] = powers[u] / sum(powers.values())

    def counts(self, uid: int) -> bool:
        return math.isfinite(self.scores[uid]) and self.scores[uid] >= 0

    def beats(self, i: int, j: int) -> bool:
        def handicapped(one: int, other: int) -> float:
            protected = self.blocks[one] < self.blocks[other]
            return self.scores[one] * (1 - epsilon(self.eps, self.current, self.blocks[one])) if protected else self.scores[one]
        return handicapped(i, j) < handicapped(j, i)

    def is_competitive(self, uid: int) -> bool:
        def earlier(other: int) -> bool:
            if self.hardened:
                return (self.blocks[other], other) < (self.blocks[uid], uid)
            return self.blocks[other] <= self.blocks[uid]
        most = 1 - epsilon(self.eps, INF, 0)
        return all(self.scores[uid] < self.scores[other] * most for other in self.good if other != uid and earlier(other))

    def top(self) -> int | None:
        if not self.competitive:
            return None
        if self.hardened:
            return min(self.competitive, key=lambda u: (-self.rate[u], self.scores[u], self.blocks[u], u))
        return max(self.competitive, key=lambda u: self.rate[u])

    def expected(self) -> Json:
        if not self.competitive and not self.hardened:
            return {"error": "StepAborted"}
        keyed = {"wins": self.wins, "win_rate": self.rate, "step_weights": self.weights}
        return {"competitive": self.competitive, "top_uid": self.top()} | {key: {str(u): x for u, x in of.items()} for key, of in keyed.items()}

    def keep(self, ema: list[float], least: int) -> list[int]:
        priority = {u: 1 + ema[u] if ema[u] >= 0.001 else self.rate[u] for u in self.competitive}
        kept = sorted(self.competitive, key=lambda u: -priority[u])[:least]
        fill = sorted((u for u in self.order if u not in kept), key=lambda u: self.scores[u] if self.counts(u) else INF)
        return kept + fill[: least - len(kept)]


def sequence(case: Json, hardened: bool) -> Json:
    ema: dict[int, list[float]] = {}
    steps = []
    for s in case["steps"]:
        one, scores, blocks = s["competition"], *({int(u): x for u, x in s[key].items()} for key in ("scores", "blocks"))
        eps = next(c["eps"] for c in case["competitions"] if c["id"] == one)
        step = Step(s["uids"], scores, blocks, eps, s["block"], hardened)
        if step.top() is not None:
            new = [step.weights.get(u, 0.0) for u in range(case["n"])]
            ema[one] = [0.5 * old + 0.5 * x for old, x in zip(ema[one], new)] if one in ema else new
        steps.append(step.expected() | {"keep": step.keep(ema.get(one, [0.0] * case["n"]), case["sample_min"])})
    mixed = [sum(ema[c["id"]][u] * c["reward"] for c in case["competitions"] if c["id"] in ema) for u in range(case["n"])]
    subnet = [x / sum(mixed) for x in mixed] if sum(mixed) else mixed
    values = {u: round(x / max(subnet) * 65535.0) for u, x in enumerate(subnet) if x > 0}
    sent = {u: v for u, v in values.items() if v}
    return {"steps": steps, "competition_weights": {str(c): w for c, w in ema.items()}, "subnet_weights": subnet,
            "u16_uids": list(sent), "u16_vals": list(sent.values())}


class Draw:
    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)

    def eps(self) -> Json:
        start, end, blocks = (self.r.choice(of) for of in ([0.005, 0.01, 0.0], [0.0001, 0.02], [1, 7, 14400]))
        return self.r.choice([{"fixed": 0.005}, {"linear": [start, end, blocks]}])

    def models(self, failed: float) -> Json:
        uids = self.r.sample(range(40), self.r.choice([1, 2, 3, 5, 9, 20]))
        good = lambda: self.r.choice([2.0, 2.0, 1.99, self.r.uniform(1.9, 2.1), self.r.uniform(1.99, 2.0)])
        score = lambda: self.r.choice([INF, math.nan, -1.0, -INF, 0.0]) if self.r.random() < failed else good()
        return {"uids": uids, "scores": {u: score() for u in uids}, "blocks": {u: self.r.choice([100, 101, self.r.randint(0, 20000)]) for u in uids}}

    def sequence(self) -> Json:
        competitions = [{"id": i, "reward": self.r.choice([0.15, 0.3, 0.55]), "eps": self.eps()} for i in range(self.r.randint(1, 3))]
        steps = [self.models(0.1) | {"competition": self.r.choice(competitions)["id"], "block": 20000 + 900 * i} for i in range(5)]
        return {"kind": "sequence", "n": 40, "sample_min": self.r.choice([1, 5]), "competitions": competitions, "steps": steps}


def as_json(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {str(key): as_json(x) for key, x in value.items()}
    return [as_json(x) for x in value] if isinstance(value, list) else value


class AgainstOracle(support.EndToEnd):
    # The tolerances of the published cases: weights 2e-6, u16 values 1, all else exact.
    def assert_same(self, got: Any, expected: Any, tolerance: float = 0) -> None:
        if isinstance(expected, dict):
            self.assertEqual(got.keys(), expected.keys())
            for key, x in expected.items():
                self.assert_same(got[key], x, 2e-6 if "weights" in key else 1 if key == "u16_vals" else tolerance)
        elif isinstance(expected, list):
            self.assertEqual(len(got), len(expected))
            for a, b in zip(got, expected):
                self.assert_same(a, b, tolerance)
        elif isinstance(expected, float) or tolerance == 1:
            self.assertLessEqual(abs(got - expected), tolerance)
        else:
            self.assertEqual(got, expected)

    def score(self, case: Json, rules: str) -> Json:
        path = self.folder / "case.json"
        path.write_text(json.dumps(as_json(case)))
        return json.loads(self.assert_done(run("score", path, "--rules", rules, "--json")).out)

    def test_random_steps(self) -> None:
        for seed in range(CASES):
            draw = Draw(seed)
            case = draw.models(0.12) | {"kind": "single_step", "eps": draw.eps(), "current_block": draw.r.choice([50, 20000, 10**9])}
            for rules in ("hardened", "reference"):
                with self.subTest(seed=seed, rules=rules):
                    step = Step(case["uids"], case["scores"], case["blocks"], case["eps"], case["current_block"], rules == "hardened")
                    self.assert_same(self.score(case, rules), step.expected())

    def test_random_sequences(self) -> None:
        for seed in range(CASES // 2):
            case = Draw(seed).sequence()
            with self.subTest(seed=seed):
                self.assert_same(self.score(case, "hardened"), sequence(case, True))


if __name__ == "__main__":
    support.main()
