"""The one error of data preparation."""


class PrepareError(Exception):
    """The inputs cannot become a shard. The message says what was expected, what was found, and where."""
