//! What allocates and what must not. A binary of its own: the counting allocator is that of the whole process.

#[cfg(test)]
#[path = "allocations/decisions.rs"]
mod decisions;
