"""`compare` and `report` on real runs."""

import html.parser
import json
from pathlib import Path

import h5py
import support
from fixtures import LENGTH, copy_edited, drop_tensor, random_tokens, write_shard
from support import candidate, competition, evaluate, run, task


class Page(html.parser.HTMLParser):
    """Counts elements, and fails at one that is not closed."""

    VOID = {"meta", "circle", "line", "br"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen[tag] = self.seen.get(tag, 0) + 1
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag, (tag, self.open)


class CompareAndReport(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        first = cls.make_model("first", 1)
        cls.make_model("second", 2)
        copy_edited(first, "broken", drop_tensor)
        for seed, (name, rows) in enumerate({"prose": 9, "code": 6}.items()):
            write_shard(cls.folder / f"{name}.h5", random_tokens(seed, rows))
        cls.whole = cls.evaluated("whole", {1: "first", 2: "second", 3: "broken"})
        cls.changed = cls.evaluated("changed", {1: "first", 2: "first", 4: "second"}, "--rows", "7")
        cls.rounded = cls.evaluated("rounded", {1: "first", 2: "second", 3: "broken"}, "--dtype", "bfloat16")

    @classmethod
    def evaluated(cls, name: str, models: dict[int, str], *options: str) -> Path:
        tasks = [task("prose", "prose.h5", 0.7), task("code", "code.h5", 0.3)]
        candidates = [candidate(uid, path, block=9000 + uid, repo=f"ns/<{uid}>") for uid, path in models.items()]
        inputs = support.write_inputs(cls.folder, [competition(1, "tiny", tasks)], candidates, name)
        done = evaluate(inputs, cls.folder / f"run-{name}", *options)
        assert done.code == 0, done.err
        return cls.folder / f"run-{name}"

    def test_a_run_is_like_itself(self) -> None:
        done = self.assert_done(run("compare", self.whole, self.whole / "results.h5", "--json"))
        [tiny] = json.loads(done.out)["competitions"]
        self.assertFalse(tiny["winner_changed"])
        for model in tiny["models"][:2]:
            self.assertEqual([(t["rows"], t["loss_difference"]) for t in model["tasks"]], [(9, 0.0), (6, 0.0)])
        self.assertEqual(tiny["models"][2]["tasks"][0]["rows"], 0)  # Refused in both: no losses.

    def test_changes_are_paired_and_those_of_the_files(self) -> None:
        done = self.assert_done(run("compare", self.whole, self.changed, "--json"))
        [tiny] = json.loads(done.out)["competitions"]
        models = {model["model"]: model for model in tiny["models"]}
        self.assertEqual(models["3:ns/<3>"]["status_second"], None)
        self.assertEqual(models["4:ns/<4>"]["status_first"], None)
        self.assertEqual(models["1:ns/<1>"]["tasks"][0]["loss_difference"], 0.0)
        with h5py.File(self.whole / "results.h5") as a, h5py.File(self.changed / "results.h5") as b:
            mine, theirs = (f["competitions/tiny/samples/prose/nll_sum"][1][:7] / (LENGTH - 1) for f in (a, b))
        change = theirs - mine
        found = models["2:ns/<2>"]["tasks"][0]
        self.assertEqual(found["rows"], 7)
        self.assertEqual(found["rows_of_one_only"], 2)
        self.assertAlmostEqual(found["loss_difference"], change.mean(), places=12)
        self.assertAlmostEqual(found["loss_difference_stderr"], change.std(ddof=1) / 7**0.5, places=12)
        text = self.assert_done(run("compare", self.whole, self.changed)).out
        self.assertIn("refused → no candidate", text)
        self.assertIn("n=7", text)

    def test_other_numerics_are_refused_unless_asked_for(self) -> None:
        self.assert_refused(run("compare", self.whole, self.rounded), 64, "dtype", "float32", "bfloat16")
        text = self.assert_done(run("compare", self.whole, self.rounded, "--allow-different-numerics")).out
        self.assertIn("other numerics: dtype", text)
        self.assertIn("hold rounding", text)

    def test_what_is_not_there_is_refused(self) -> None:
        self.assert_refused(run("compare", self.whole, self.folder / "nothing.h5"), 74, "does not exist")
        self.assert_refused(run("compare", self.whole, self.folder), 64, "is no run folder")

    def test_the_page_is_whole_and_has_its_plots(self) -> None:
        self.assert_done(run("report", self.whole))
        text = (self.whole / "report.html").read_text()
        page = Page()
        page.feed(text)
        self.assertEqual(page.open, [])
        self.assertEqual(page.seen["svg"], 3)  # Two tasks and the timeline.
        self.assertEqual(page.seen["h2"], 4)
        for absent in ("<script", "http:", "https:", "<img", "ns/<", "nan", "url("):
            self.assertNotIn(absent, text)
        self.assertIn("missing tensors", text)
        self.assertIn("ns/&lt;1&gt;", text)
        self.assert_done(run("report", self.whole / "results.h5", "-o", self.folder / "page.html"))
        self.assertNotIn("Who had which model", (self.folder / "page.html").read_text())

    def test_a_page_that_cannot_be_written_is_said(self) -> None:
        self.assert_refused(run("report", self.whole / "results.h5"), 64, "-o")
        self.assert_refused(run("report", self.whole, "-o", self.folder / "none" / "page.html"), 73, "page.html")


if __name__ == "__main__":
    support.main()
