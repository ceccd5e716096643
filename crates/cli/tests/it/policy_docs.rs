//! The examples of `docs/policy.md` are what the binary prints.

use crate::daypass::daypass_in;

#[test]
fn every_example_prints_what_the_page_shows() {
    let page = include_str!("../../../../docs/policy.md");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policy");
    let blocks = page.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let mut shown = 0;
    for block in blocks {
        let block = block.replace("\\\n", "");
        let (command, wanted) = block.split_once("\n").unwrap();
        let command = command.strip_prefix("$ daypass ").unwrap();
        let (command, input) = match command.split_once(" < ") {
            Some((command, file)) => (command, std::fs::read_to_string(format!("{folder}/{file}")).unwrap()),
            None => (command, String::new()),
        };
        let arguments: Vec<&str> = command.split_whitespace().collect();
        let ran = daypass_in(folder, &arguments, &input);
        assert_eq!(ran.out, wanted, "daypass {command}\n{}", ran.err);
        shown += 1;
    }
    assert!(shown >= 5, "{shown} examples");
}
