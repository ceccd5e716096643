//! The operations of the services, their files, and their rows in COMPATIBILITY.md agree.

use std::collections::BTreeSet;

use crate::tree::{root, rust_files, text};

/// The services, with the heading of their table in COMPATIBILITY.md.
const SERVICES: [(&str, &str); 7] = [
    ("identity", "## Amazon Cognito Identity"),
    ("sts", "## AWS STS"),
    ("iam", "## AWS IAM"),
    ("s3", "## Amazon S3"),
    ("sync", "## Amazon Cognito Sync"),
    ("dynamo", "## Amazon DynamoDB"),
    ("admin", "## Daypass"),
];

#[test]
fn every_operation_has_its_row() {
    let mut wrong = Vec::new();
    for (service, heading) in SERVICES {
        let served = served(service);
        assert!(!served.is_empty(), "no operation found in `{service}`");
        let rows = rows(heading);
        for operation in &served {
            match rows.iter().find(|(name, _)| name == operation) {
                None => wrong.push(format!("{service}: {operation} has no row")),
                Some((_, state)) if state == "absent" => {
                    wrong.push(format!("{service}: {operation} is served, and its row says absent"));
                }
                Some(_) => {}
            }
        }
        for (operation, state) in &rows {
            if !["done", "partial", "absent"].contains(&state.as_str()) {
                wrong.push(format!("{service}: {operation} is `{state}`: neither done, partial nor absent"));
            }
            if state != "absent" && !served.contains(operation) {
                wrong.push(format!("{service}: {operation} is {state} in COMPATIBILITY.md, and not served"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_operation_is_one_file() {
    let mut wrong = Vec::new();
    // The items of DynamoDB pass through one engine: its operations are a table.
    for (service, _) in SERVICES.iter().filter(|(service, _)| *service != "dynamo") {
        let files: BTreeSet<String> = rust_files(&root().join("crates").join(service).join("src"))
            .iter()
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        for operation in served(service) {
            if !files.contains(&snake_case(&operation)) {
                wrong.push(format!("{service}: {operation} has no file {}.rs", snake_case(&operation)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The names that a service's table adds.
fn served(service: &str) -> BTreeSet<String> {
    const MARKS: [&str; 4] = [".add(\"", ".add_with(\"", "Route::new(\"", "Row::new(\""];
    let mut names = BTreeSet::new();
    for path in rust_files(&root().join("crates").join(service).join("src")) {
        let text = text(&path).replace(['\n', ' '], "");
        for mark in MARKS {
            let names_after = text.split(mark).skip(1).filter_map(|rest| rest.split('"').next());
            names.extend(names_after.map(str::to_owned));
        }
    }
    names
}

/// The first two cells of each row of the table below a heading.
fn rows(heading: &str) -> Vec<(String, String)> {
    let page = text(root().join("COMPATIBILITY.md"));
    let (_, rest) = page.split_once(&format!("{heading}\n")).unwrap_or_else(|| panic!("no heading `{heading}`"));
    let table = rest.split("\n## ").next().unwrap_or_default();
    let cells = |line: &str| {
        let mut cells = line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned());
        Some((cells.next()?, cells.next()?))
    };
    table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| operation")).filter_map(cells).collect()
}

/// `GetOpenIDConnectProvider` is `get_open_id_connect_provider`: acronyms count as words.
fn snake_case(name: &str) -> String {
    let name = name.replace("OpenID", "OpenId").replace("CORS", "Cors").replace("IDs", "Ids").replace("SAML", "Saml");
    let name = name.replace("ClientID", "ClientId");
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[test]
fn names_split_on_their_words() {
    assert_eq!(snake_case("GetOpenIdToken"), "get_open_id_token");
    assert_eq!(snake_case("AddClientIDToOpenIDConnectProvider"), "add_client_id_to_open_id_connect_provider");
}
