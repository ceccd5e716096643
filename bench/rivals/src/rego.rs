//! `regorus`: the same rules in Rego, compiled once, run by its interpreter. Its virtual machine is not timed.

use std::fmt::Write as _;

use regorus::{Engine, Value};
use serde_json::json;

use crate::scenario::{ROLE, Request, Scenario, Shape, TABLE, bucket};
use crate::{Decide, Result};

pub fn ask(scenario: &Scenario) -> Result<Decide> {
    let mut engine = Engine::new();
    engine.add_policy("bench.rego".into(), written(scenario.shape)?).map_err(|error| error.to_string())?;
    let compiled = engine.compile_with_entrypoint(&"data.bench.allow".into()).map_err(|error| error.to_string())?;
    let inputs: Vec<Value> = scenario.requests.iter().map(|asked| Value::from(input(asked))).collect();
    Ok(Box::new(move |at| compiled.eval_with_input(inputs[at].clone()).is_ok_and(|value| value == Value::Bool(true))))
}

fn input(asked: &Request) -> serde_json::Value {
    json!({
        "user": "ann", "action": asked.action, "resource": asked.resource, "keys": asked.leading_keys,
        "address": asked.address, "time": asked.time
    })
}

fn written(shape: Shape) -> Result<String> {
    let mut text = String::from("package bench\nimport rego.v1\ndefault allow := false\n");
    match shape {
        Shape::Prefix => text.push_str(
            r#"allow if {
                input.action in {"s3:GetObject", "s3:PutObject"}
                startswith(input.resource, concat("", ["arn:aws:s3:::game/", input.user, "/"]))
            }"#,
        ),
        Shape::LeadingKeys => write!(
            text,
            r#"allow if {{
                input.action in {{"dynamodb:GetItem", "dynamodb:Query"}}
                input.resource == "{TABLE}"
                every key in input.keys {{ key == input.user }}
            }}"#
        )?,
        Shape::Role => {
            for (action, resource) in ROLE {
                let test = match resource.strip_suffix('*') {
                    Some(prefix) => format!(r#"startswith(input.resource, "{prefix}")"#),
                    None => format!(r#"input.resource == "{resource}""#),
                };
                writeln!(text, r#"allow if {{ input.action == "{action}"; {test} }}"#)?;
            }
        }
        Shape::Hundred => {
            for number in 0..100 {
                let pattern = bucket(number);
                let (start, rest) = pattern.split_once('*').unwrap_or_default();
                let middle = rest.trim_end_matches('*');
                writeln!(
                    text,
                    r#"allow if {{ startswith(input.action, "s3:Get"); startswith(input.resource, "{start}"); contains(input.resource, "{middle}") }}"#
                )?;
            }
        }
        Shape::Conditions => text.push_str(
            r#"allow if {
                startswith(input.action, "s3:")
                startswith(input.resource, "arn:aws:s3:::game/")
                not denied
            }
            denied if { not inside }
            denied if { time.parse_rfc3339_ns(input.time) > time.parse_rfc3339_ns("2030-01-01T00:00:00Z") }
            inside if { net.cidr_contains("10.0.0.0/8", input.address) }
            inside if { net.cidr_contains("192.168.0.0/16", input.address) }"#,
        ),
    }
    Ok(text)
}
