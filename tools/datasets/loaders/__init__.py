"""One module a format; each has one function that answers a `LoadRequest` with a `RawDataset`."""
