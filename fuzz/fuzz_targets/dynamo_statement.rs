//! PartiQL: which partition keys a statement is bound to, and what the engine returns or changes.
//!
//! Text that begins with `s` or `i` is the condition of a SELECT from a table or an index; any other is a statement
//! that may write.

#![no_main]

use dynamo::agreement::Agreement;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static AGREEMENT: Agreement = Agreement::new().expect("an engine in memory");
}

fuzz_target!(|input: &str| {
    let verdict = AGREEMENT.with(|agreement| match input.split_at_checked(1) {
        Some(("s", condition)) => agreement.select(condition, false),
        Some(("i", condition)) => agreement.select(condition, true),
        Some(_) => agreement.write(input),
        None => Ok(false),
    });
    if let Err(difference) = verdict {
        panic!("{difference}");
    }
});
