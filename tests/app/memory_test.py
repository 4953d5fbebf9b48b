"""A model that would not fit the memory fails alone, before anything of it is loaded."""

import h5py
import support
from fixtures import random_tokens, write_shard
from support import candidate, competition, evaluate, task


class Memory(support.EndToEnd):
    def test_a_small_file_that_asks_for_large_activations_does_not_end_the_job(self) -> None:
        self.make_model("good", 1)
        # 34 million parameters, and 1024 heads of 1024: 5 MiB of queries, keys and values a token.
        config = {"hidden_size": 8, "num_attention_heads": 1024, "num_key_value_heads": 1024, "head_dim": 1024}
        self.make_model("bomb", 2, num_hidden_layers=1, **config)
        write_shard(self.folder / "prose.h5", random_tokens(1, 8))
        wide = competition(1, "tiny", [task("prose", "prose.h5", 1.0)], parameters=[1, 10**9], max_bytes=10**9)
        inputs = support.write_inputs(self.folder, [wide], [candidate(1, "good"), candidate(2, "bomb")])
        self.assert_done(evaluate(inputs, self.folder / "run", "--micro-batch", "256"))
        with h5py.File(self.folder / "run/results.h5") as file:
            self.assertEqual(file["status"][:].tolist(), [0, 3])
            self.assertIn("activations", file["reason"].asstr()[1])
            self.assertIn("a higher --tp or fewer ranks may help", file["reason"].asstr()[1])


if __name__ == "__main__":
    support.main()
