//! The binary: reads the configuration, picks a store, starts the server.

fn main() {}
