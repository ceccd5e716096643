//! `cedar-policy`: the same rules in its own language. Cedar has no variables in patterns, so the caller's folder and the
//! bucket are attributes of the resource: whoever asks has cut the key already, which is not timed.

use std::fmt::Write as _;
use std::str::FromStr as _;

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet};
use serde_json::{Value, json};

use crate::scenario::{ROLE, Request, Scenario, Shape, TABLE, bucket};
use crate::{Decide, Result};

pub fn ask(scenario: &Scenario) -> Result<Decide> {
    let policies = PolicySet::from_str(&written(scenario.shape)?)?;
    let authorizer = Authorizer::new();
    let mut prepared = vec![];
    for asked in &scenario.requests {
        let entities = Entities::from_json_value(entities(asked), None)?;
        let uid = |kind: &str, id: &str| EntityUid::from_str(&format!("{kind}::{id:?}"));
        let request = cedar_policy::Request::new(
            uid("User", "ann")?,
            uid("Action", asked.action)?,
            uid("Resource", &asked.resource)?,
            context(asked, scenario.shape)?,
            None,
        )?;
        prepared.push((request, entities));
    }
    Ok(Box::new(move |at| {
        let (request, entities) = &prepared[at];
        authorizer.is_authorized(request, &policies, entities).decision() == Decision::Allow
    }))
}

fn written(shape: Shape) -> Result<String> {
    let mut text = String::new();
    match shape {
        Shape::Prefix => text.push_str(
            r#"permit(principal, action in [Action::"s3:GetObject", Action::"s3:PutObject"], resource)
               when { resource.bucket == "game" && resource.folder == principal.name };"#,
        ),
        Shape::LeadingKeys => write!(
            text,
            r#"permit(principal, action in [Action::"dynamodb:GetItem", Action::"dynamodb:Query"], resource == Resource::"{TABLE}")
               when {{ [principal.name].containsAll(context.keys) }};"#
        )?,
        Shape::Role => {
            for (action, resource) in ROLE {
                if resource.ends_with('*') {
                    write!(
                        text,
                        r#"permit(principal, action == Action::"{action}", resource) when {{ resource.arn like "{resource}" }};"#
                    )?;
                } else {
                    write!(text, r#"permit(principal, action == Action::"{action}", resource == Resource::"{resource}");"#)?;
                }
            }
        }
        Shape::Hundred => {
            for number in 0..100 {
                let pattern = bucket(number);
                write!(
                    text,
                    r#"permit(principal, action in Action::"s3:Get*", resource) when {{ resource.arn like "{pattern}" }};"#
                )?;
            }
        }
        Shape::Conditions => text.push_str(
            r#"permit(principal, action in Action::"s3:*", resource) when { resource.arn like "arn:aws:s3:::game/*" };
               forbid(principal, action, resource)
               unless { context.address.isInRange(ip("10.0.0.0/8")) || context.address.isInRange(ip("192.168.0.0/16")) };
               forbid(principal, action, resource) when { context.now > datetime("2030-01-01T00:00:00Z") };"#,
        ),
    }
    Ok(text)
}

fn entities(asked: &Request) -> Value {
    let (service, name) = asked.action.split_once(':').unwrap_or_default();
    let mut groups = vec![json!({ "type": "Action", "id": format!("{service}:*") })];
    if name.starts_with("Get") {
        groups.push(json!({ "type": "Action", "id": "s3:Get*" }));
    }
    let path = asked.resource.rsplit(':').next().unwrap_or_default();
    let mut steps = path.split('/');
    let resource = json!({
        "arn": asked.resource, "bucket": steps.next().unwrap_or_default(), "folder": steps.next().unwrap_or_default()
    });
    json!([
        { "uid": { "type": "User", "id": "ann" }, "attrs": { "name": "ann" }, "parents": [] },
        { "uid": { "type": "Action", "id": asked.action }, "attrs": {}, "parents": groups },
        { "uid": { "type": "Resource", "id": asked.resource }, "attrs": resource, "parents": [] }
    ])
}

fn context(asked: &Request, shape: Shape) -> Result<Context> {
    let value = match shape {
        Shape::LeadingKeys => json!({ "keys": asked.leading_keys }),
        Shape::Conditions => json!({
            "address": { "__extn": { "fn": "ip", "arg": asked.address } },
            "now": { "__extn": { "fn": "datetime", "arg": asked.time } }
        }),
        Shape::Prefix | Shape::Role | Shape::Hundred => json!({}),
    };
    Ok(Context::from_json_value(value, None)?)
}
