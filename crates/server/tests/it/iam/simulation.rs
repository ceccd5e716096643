//! Simulations.

mod context_keys;
mod custom;
mod principal;
mod refusals;

use server::testing::{Answer, TestServer};

use super::ok;

/// A policy document of these statements, without white space.
fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
}

fn deny(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"Deny","Action":"{action}","Resource":"{resource}"}}"#)
}

/// What SimulateCustomPolicy answers to these policies and further members.
async fn custom(server: &TestServer, policies: &[&str], members: &[(&str, &str)]) -> Answer {
    let names: Vec<String> = (1..=policies.len()).map(|number| format!("PolicyInputList.member.{number}")).collect();
    let policies = names.iter().map(String::as_str).zip(policies.iter().copied());
    let fields: Vec<_> = [("Action", "SimulateCustomPolicy")].into_iter().chain(policies).collect();
    ok(server, &[&fields, members].concat()).await
}

/// What SimulatePrincipalPolicy answers about an entity of the account.
async fn principal(server: &TestServer, entity: &str, members: &[(&str, &str)]) -> Answer {
    let arn = format!("arn:aws:iam::000000000000:{entity}");
    let fields = [("Action", "SimulatePrincipalPolicy"), ("PolicySourceArn", arn.as_str())];
    ok(server, &[&fields, members].concat()).await
}

/// The members of a condition key.
fn entry<'a>(name: &'a str, kind: &'a str, value: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("ContextEntries.member.1.ContextKeyName", name),
        ("ContextEntries.member.1.ContextKeyType", kind),
        ("ContextEntries.member.1.ContextKeyValues.member.1", value),
    ]
}

const ACTION: &str = "ActionNames.member.1";
const RESOURCE: &str = "ResourceArns.member.1";
