//! What is kept: records, rows, and the suite every store passes.
