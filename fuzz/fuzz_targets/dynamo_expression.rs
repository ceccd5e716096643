//! DynamoDB's expressions: what the analysers find in one, and what the engine makes of it.
//!
//! The first letter says which kind it is: `q` and `i` key conditions of a table and an index, `c` a condition, `p` a
//! projection, `u` an update.

#![no_main]

use dynamo::agreement::Agreement;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static AGREEMENT: Agreement = Agreement::new().expect("an engine in memory");
}

fuzz_target!(|input: &str| {
    let Some((kind, text)) = input.split_at_checked(1) else { return };
    let verdict = AGREEMENT.with(|agreement| match kind {
        "q" => agreement.query(text, false),
        "i" => agreement.query(text, true),
        "c" => agreement.condition(text),
        "p" => agreement.projection(text),
        "u" => agreement.update(text),
        _ => Ok(false),
    });
    if let Err(difference) = verdict {
        panic!("{difference}");
    }
});
