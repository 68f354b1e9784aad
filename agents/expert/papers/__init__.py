"""Reading papers by rule: what the expert makes of a chunk, of all chunks, and of code beside a paper's criteria."""
