"""Token shards (HDF5) from text: documents -> tokens -> packed rows -> one file."""
