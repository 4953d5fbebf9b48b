"""The HDF5 file of a shard: written under a temporary name, renamed when complete."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import h5py
import numpy as np

from .packing import Names, Stream, most_frequent

CHUNK_ROWS = 32
FILTERS = {"shuffle": True, "compression": "gzip", "compression_opts": 1, "fletcher32": True}


@dataclass
class ShardInfo:
    """What the root attributes say of the file."""

    tokenizer: str
    vocab_size: int
    eos_id: int
    length: int
    source: str
    with_doc_id: bool = False
    with_domain: bool = False


class ShardWriter:
    """Appends rows; `with` leaves either the whole file under its name or nothing. Written in `folder` before."""

    def __init__(self, path: Path, info: ShardInfo, folder: Path, domains: Names, sources: Names) -> None:
        self.path = path
        self.info = info
        self.rows = 0
        self._names = {"source": sources} | ({"domain": domains} if info.with_domain else {})
        self._partial = folder / "shard.partial"
        self._sha256 = hashlib.sha256()
        # netCDF-4 tools want the order of creation kept; times are off (the default), so that equal text gives equal bytes.
        self._file = h5py.File(self._partial, "w", libver=("earliest", "v110"), track_order=True)
        try:
            self._make_datasets()
        except BaseException:
            self._discard()
            raise

    def _make_datasets(self) -> None:
        length = self.info.length
        self._row = self._scale("row", 0, "row of the shard", None)
        self._position = self._scale("position", length, "position of a token in its row", length)
        self._position[:] = np.arange(length, dtype=np.uint32)
        self._tokens = self._dataset("tokens", "token id", "1", positions=True)
        self._n_bytes = self._dataset(
            "n_bytes", "UTF-8 bytes of text behind the tokens of a row; EOS stands for none", "byte", positions=False
        )
        self._doc_id = None
        if self.info.with_doc_id:
            self._doc_id = self._dataset("doc_id", "number of the document of a token", "1", positions=True)
        self._tables = {
            name: self._dataset(name, f"number in {name}_name of the {name} of most tokens of a row", "1", positions=False)
            for name in self._names
        }

    def _scale(self, name: str, size: int, long_name: str, maximum: int | None) -> h5py.Dataset:
        chunks = (CHUNK_ROWS,) if maximum is None else None
        scale = self._file.create_dataset(name, (size,), "<u4", maxshape=(maximum,), chunks=chunks, track_order=True)
        scale.make_scale(name)
        scale.attrs.update({"long_name": long_name, "units": "1"})
        return scale

    def _dataset(self, name: str, long_name: str, units: str, *, positions: bool) -> h5py.Dataset:
        inner = (self.info.length,) if positions else ()
        made = self._file.create_dataset(
            name,
            (0, *inner),
            "<u4",
            maxshape=(None, *inner),
            chunks=(CHUNK_ROWS, *inner),
            track_order=True,
            **FILTERS,
        )
        made.attrs.update({"long_name": long_name, "units": units})
        made.dims[0].attach_scale(self._row)
        if positions:
            made.dims[1].attach_scale(self._position)
        return made

    def append(self, block: Stream) -> None:
        """Adds whole rows; `block` holds a multiple of the row length."""
        shape = (-1, self.info.length)
        tokens = block.tokens.reshape(shape)
        begin, end = self.rows, self.rows + len(tokens)
        self._put(self._row, begin, np.arange(begin, end, dtype=np.uint32))
        self._put(self._tokens, begin, tokens)
        self._put(self._n_bytes, begin, block.n_bytes.reshape(shape).sum(axis=1, dtype=np.uint32))
        if self._doc_id is not None:
            self._put(self._doc_id, begin, block.doc_id.reshape(shape))
        for name, table in self._tables.items():
            self._put(table, begin, most_frequent(getattr(block, name).reshape(shape)))
        self._sha256.update(tokens.astype("<u4").tobytes())
        self.rows = end

    @staticmethod
    def _put(dataset: h5py.Dataset, begin: int, values: np.ndarray) -> None:
        dataset.resize(begin + len(values), axis=0)
        dataset[begin:] = values

    def _write_names(self) -> None:
        """Of domains and sources, in the order of their numbers."""
        for name, names in self._names.items():
            made = self._file.create_dataset(f"{name}_name", data=names.all(), dtype=h5py.string_dtype(), track_order=True)
            made.make_scale(f"{name}_name")
            made.attrs.update({"long_name": f"{name} of documents", "units": "1"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            self._discard()
            return
        self._write_names()
        self._file.attrs.update(
            {
                "format": "verdict-tokens",
                "format_version": 1,
                "tokenizer": self.info.tokenizer,
                "vocab_size": self.info.vocab_size,
                "eos_id": self.info.eos_id,
                "packed": 1,
                "source": self.info.source,
                "sha256": self._sha256.hexdigest(),
            }
        )
        self._file.close()
        with open(self._partial, "rb") as written:
            os.fsync(written.fileno())
        os.replace(self._partial, self.path)

    def _discard(self) -> None:
        self._file.close()
        self._partial.unlink(missing_ok=True)
