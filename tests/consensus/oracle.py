"""Yuma Consensus once more, slowly: an oracle for the C++ one, written from the description of the chain's rules alone.

A fixed-point number is a Python integer of 2^-32ths; exact results come from rational numbers and are then brought into
range. Matrices are dictionaries from (validator, miner) to such a number, in which a zero may be present.
"""

from fractions import Fraction
from math import floor, trunc
from typing import Any

ONE = 1 << 32
U16 = 65535 * ONE
MOST, LEAST = (1 << 63) - 1, -(1 << 63)
U64 = (1 << 64) - 1
DEFAULTS = {
    "kappa": 32767,
    "bonds_penalty": 65535,
    "bonds_moving_average": 900000,
    "yuma3": False,
    "liquid_alpha": False,
    "alpha_low": 45875,
    "alpha_high": 58982,
    "alpha_sigmoid_steepness": 1000,
    "max_allowed_validators": 128,
    "activity_cutoff": 5000,
    "tempo": 360,
    "min_stake": 0,
    "owner_uid": None,
    "last_step_block": 0,
}

Matrix = dict[tuple[int, int], int]


def saturate(x: int) -> int:
    return min(max(x, LEAST), MOST)


def add(a: int, b: int) -> int:
    return saturate(a + b)


def sub(a: int, b: int) -> int:
    return saturate(a - b)


def mul(a: int, b: int) -> int:
    return saturate(floor(Fraction(a, ONE) * Fraction(b, ONE) * ONE))


def div(a: int, b: int) -> int:
    if b == 0:
        return 0
    quotient = trunc(Fraction(a, b) * ONE)
    return quotient if LEAST <= quotient <= MOST else 0


def exp(x: int) -> int:
    x = min(max(x, -20 * ONE), 20 * ONE)
    if x == 0:
        return ONE
    if x == ONE:
        return floor(Fraction("2.718281828459045235360287") * 2**23) * 2**9
    size = abs(x)
    term, total = size, ONE + size
    for i in range(2, 32):
        term = trunc(Fraction(mul(term, size), i))
        total += term
    return total if x > 0 else div(ONE, total)


def u16(x: int) -> int:
    return min(max(x >> 32, 0), 65535)


def prop(x: int) -> int:
    return u16(mul(x, U16))


def ratio(value: int) -> int:
    return div(value * ONE, U16)


def total(values: Any) -> int:
    result = 0
    for value in values:
        result = add(result, value)
    return result


def normalised(values: list[int]) -> list[int]:
    whole = total(values)
    return [div(value, whole) for value in values] if whole else list(values)


def by_line(m: Matrix, axis: int, scale: Any) -> Matrix:
    """Each entry through what `scale` makes of its row (axis 0) or column (axis 1), unless that is 0."""
    lines: dict[int, list[int]] = {}
    for place in sorted(m):
        lines.setdefault(place[axis], []).append(m[place])
    divisors = {line: scale(values) for line, values in lines.items()}
    return {place: div(x, divisors[place[axis]]) if divisors[place[axis]] else x for place, x in m.items()}


def median(voters: list[tuple[int, int]], minority: int) -> int:
    """Of (stake, score)."""
    low, high = 0, total(stake for stake, _ in voters)
    while len(voters) > 1:
        pivot = voters[len(voters) // 2][1]
        lower = [v for v in voters if v[1] < pivot]
        upper = [v for v in voters if v[1] > pivot]
        after_lower = add(low, total(stake for stake, _ in lower))
        before_upper = sub(high, total(stake for stake, _ in upper))
        if lower and minority < after_lower:
            voters, high = lower, after_lower
        elif upper and before_upper <= minority:
            voters, low = upper, before_upper
        else:
            return pivot
    return voters[0][1] if voters else 0


class Epoch:
    def __init__(self, case: dict[str, Any]) -> None:
        self.case = case
        self.n = case["n"]
        self.p = DEFAULTS | case.get("params", {})
        self.owner = self.p["owner_uid"]
        self.registered = case["block_at_registration"]

    def expected(self) -> dict[str, Any]:
        self.find_voters()
        weights = self.weights_in_force()
        self.consensus = self.find_consensus(weights)
        clipped: Matrix = {}
        for (i, j), w in weights.items():
            if min(w, self.consensus[j]) > 0 or w <= self.consensus[j]:
                clipped[i, j] = min(w, self.consensus[j])
        trust = [total(x for (i, _), x in sorted(clipped.items()) if i == row) for row in range(self.n)]
        self.incentive = normalised(self.column_sums({p: mul(self.active_stake[p[0]], x) for p, x in clipped.items()}))
        blended = self.blend(weights, clipped)
        bonds, dividends = self.yuma3(blended) if self.p["yuma3"] else self.classic(blended)
        return self.shares_out(dividends) | {
            "stake_weight": [prop(s) for s in self.stake],
            "active": self.active,
            "consensus": [prop(c) for c in self.consensus],
            "validator_trust": [prop(t) for t in trust],
            "incentive": [prop(x) for x in self.incentive],
            "dividends": [prop(d) for d in dividends],
            "validator_permit": self.new_permit,
            "bonds": self.stored(bonds),
            "incentive_bits": self.incentive,
            "dividends_bits": dividends,
            "consensus_bits": self.consensus,
        }

    def find_voters(self) -> None:
        case, p = self.case, self.p
        self.active = [min(u + p["activity_cutoff"], U64) >= case["block"] for u in case["last_update"]]
        counted = [s if s >= p["min_stake"] or i == self.owner else 0 for i, s in enumerate(case["stake"])]
        whole = sum(counted)
        self.stake = [floor(Fraction(s * 2**64, whole)) >> 32 if whole else 0 for s in counted]
        self.permit = [held or i == self.owner for i, held in enumerate(case["validator_permit"])]
        order = sorted(range(self.n), key=lambda i: self.stake[i])
        dropped = set(order[: max(self.n - p["max_allowed_validators"], 0)])
        self.new_permit = [(s != 0 and i not in dropped) or i == self.owner for i, s in enumerate(self.stake)]
        counts = [a and held for a, held in zip(self.active, self.permit)]
        self.active_stake = normalised([s if ok else 0 for s, ok in zip(self.stake, counts)])

    def weights_in_force(self) -> Matrix:
        commits = self.case.get("commit_blocks", {})
        weights: Matrix = {}
        for key, row in self.case["weights"].items():
            i = int(key)
            for j, value in row:
                stale = self.case["last_update"][i] <= self.registered[j]
                in_flight = key in commits and commits[key] < self.registered[j]
                if self.permit[i] and (i != j or i == self.owner) and not stale and not in_flight:
                    weights[i, j] = value * ONE
        return by_line(weights, 0, total)

    def find_consensus(self, weights: Matrix) -> list[int]:
        who = [i for i in range(self.n) if self.active_stake[i] > 0]
        stakes = normalised([self.active_stake[i] for i in who])
        minority = sub(total(stakes), ratio(self.p["kappa"]))
        scores = [[weights.get((i, j), 0) for i in who] for j in range(self.n)]
        return [median(list(zip(stakes, column)), minority) for column in scores]

    def column_sums(self, m: Matrix) -> list[int]:
        return [total(x for (_, j), x in sorted(m.items()) if j == column) for column in range(self.n)]

    def blend(self, weights: Matrix, clipped: Matrix) -> Matrix:
        penalty = ratio(self.p["bonds_penalty"])
        if penalty == 0:
            return weights
        if penalty == ONE:
            return clipped
        blended = {p: add(w, mul(penalty, sub(clipped.get(p, 0), w))) for p, w in weights.items()}
        return {p: x for p, x in blended.items() if x > 0}

    def bonds_in_force(self) -> Matrix:
        p = self.p
        since = p["last_step_block"] + 1 if p["last_step_block"] else max(self.case["block"] - p["tempo"], 0)
        rows = self.case.get("bonds", {}).items()
        held = {(int(i), j): value * ONE for i, row in rows for j, value in row}
        return {(i, j): x for (i, j), x in held.items() if min(since, U64) > self.registered[j]}

    def average(self, new: Matrix, old: Matrix) -> Matrix:
        alpha = sub(ONE, self.p["bonds_moving_average"] * ONE // 10**6)
        result = {}
        for place in new.keys() | old.keys():
            result[place] = add(mul(alpha, new.get(place, 0)), mul(sub(ONE, alpha), old.get(place, 0)))
        return {place: x for place, x in result.items() if x > 0}

    def dividends_on(self, bonds: Matrix) -> list[int]:
        parts = {(i, j): mul(self.incentive[j], x) for (i, j), x in bonds.items()}
        return [total(x for (i, _), x in sorted(parts.items()) if i == row) for row in range(self.n)]

    def classic(self, blended: Matrix) -> tuple[Matrix, list[int]]:
        old = by_line(self.bonds_in_force(), 1, total)
        new = by_line({p: mul(self.active_stake[p[0]], x) for p, x in blended.items()}, 1, total)
        bonds = by_line(self.average(new, old), 1, total)
        return by_line(bonds, 1, max), normalised(self.dividends_on(bonds))

    def yuma3(self, blended: Matrix) -> tuple[Matrix, list[int]]:
        old = {place: div(x, U16) for place, x in self.bonds_in_force().items()}
        if self.p["liquid_alpha"] and any(self.consensus):
            bonds = {}
            for place, w in blended.items():
                alpha = self.liquid(self.consensus[place[1]], w, old.get(place, 0))
                kept = mul(sub(ONE, alpha), old.get(place, 0))
                bonds[place] = min(ONE, add(kept, max(mul(alpha, w), 0)))
            bonds = {place: x for place, x in bonds.items() if x > 0}
        else:
            bonds = self.average(blended, old)
        held = self.dividends_on(by_line(bonds, 1, total))
        return bonds, normalised([mul(t, s) for t, s in zip(held, self.active_stake)])

    def liquid(self, consensus: int, weight: int, bond: int) -> int:
        low, high = ratio(self.p["alpha_low"]), ratio(self.p["alpha_high"])
        distance = sub(weight, consensus) if weight >= bond else sub(bond, weight)
        distance = min(max(distance, 0), ONE)
        slope = div(self.p["alpha_sigmoid_steepness"] * ONE, -100 * ONE)
        sigmoid = div(ONE, add(ONE, exp(mul(slope, sub(distance, ONE // 2)))))
        return min(max(add(low, mul(sigmoid, sub(high, low))), low), high)

    def shares_out(self, dividends: list[int]) -> dict[str, list[int]]:
        both = [add(x, d) for x, d in zip(self.incentive, dividends)]
        whole = total(both)
        if whole:
            parts = [[div(x, whole) for x in values] for values in (both, self.incentive, dividends)]
        else:
            fallback = self.active_stake if any(self.active_stake) else self.stake
            parts = [fallback, [0] * self.n, fallback]
        emission = self.case["emission"]
        names = ("emission", "server_emission", "validator_emission")
        return {name: [min(max(x * emission >> 32, 0), U64) for x in part] for name, part in zip(names, parts)}

    def stored(self, bonds: Matrix) -> dict[str, list[list[int]]]:
        rows: dict[str, list[list[int]]] = {}
        for i, j in sorted(bonds):
            if self.new_permit[i]:
                rows.setdefault(str(i), []).append([j, prop(bonds[i, j])])
        return rows
