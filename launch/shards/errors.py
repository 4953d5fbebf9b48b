"""The errors of data preparation."""


class PrepareError(Exception):
    """The inputs cannot become a shard. The message says what was expected, what was found, and where."""


class WorkerLost(Exception):
    """A process of ours ended before its work did; what was done stays, and the same line goes on."""
