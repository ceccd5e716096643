//! `casbin`: the same rules as a model and lines of policy; what its own functions cannot compare is added as functions.

use casbin::function_map::{OperatorFunction, dynamic_to_str};
use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};

use crate::scenario::{ROLE, Scenario, Shape, TABLE, bucket};
use crate::{Decide, Result};

const MODEL: &str = "
[request_definition]
r = sub, act, obj, keys, address, time

[policy_definition]
p = act, obj, eft

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = ";

pub fn ask(scenario: &Scenario, runtime: &tokio::runtime::Runtime) -> Result<Decide> {
    let (matcher, lines) = written(scenario.shape);
    let mut enforcer = runtime.block_on(async {
        let model = DefaultModel::from_str(&format!("{MODEL}{matcher}\n")).await?;
        Enforcer::new(model, MemoryAdapter::default()).await
    })?;
    let all_are = |keys: casbin::rhai::Dynamic, user: casbin::rhai::Dynamic| {
        let (keys, user) = (dynamic_to_str(&keys), dynamic_to_str(&user));
        keys.split(',').all(|key| key == user).into()
    };
    enforcer.add_function("allAre", OperatorFunction::Arg2(all_are));
    runtime.block_on(enforcer.add_policies(lines))?;
    let requests: Vec<[String; 6]> = scenario
        .requests
        .iter()
        .map(|asked| {
            let keys = asked.leading_keys.join(",");
            ["ann".into(), asked.action.into(), asked.resource.clone(), keys, asked.address.into(), asked.time.into()]
        })
        .collect();
    Ok(Box::new(move |at| {
        let [sub, act, obj, keys, address, time] = &requests[at];
        enforcer.enforce((sub, act, obj, keys, address, time)).unwrap_or(false)
    }))
}

fn written(shape: Shape) -> (&'static str, Vec<Vec<String>>) {
    let line = |action: &str, resource: &str| vec![action.to_owned(), resource.to_owned(), "allow".to_owned()];
    match shape {
        Shape::Prefix => (
            r#"r.act == p.act && keyMatch(r.obj, p.obj + r.sub + "/*")"#,
            ["s3:GetObject", "s3:PutObject"].map(|action| line(action, "arn:aws:s3:::game/")).to_vec(),
        ),
        Shape::LeadingKeys => (
            "r.act == p.act && r.obj == p.obj && allAre(r.keys, r.sub)",
            ["dynamodb:GetItem", "dynamodb:Query"].map(|action| line(action, TABLE)).to_vec(),
        ),
        Shape::Role => {
            ("r.act == p.act && keyMatch(r.obj, p.obj)", ROLE.map(|(action, resource)| line(action, resource)).to_vec())
        }
        Shape::Hundred => (
            "keyMatch(r.act, p.act) && regexMatch(r.obj, p.obj)",
            (0..100).map(|number| line("s3:Get*", &format!("^{}$", bucket(number).replace('*', ".*")))).collect(),
        ),
        Shape::Conditions => (
            r#"keyMatch(r.act, p.act) && keyMatch(r.obj, p.obj) && (ipMatch(r.address, "10.0.0.0/8") || ipMatch(r.address, "192.168.0.0/16")) && r.time <= "2030-01-01T00:00:00Z""#,
            vec![line("s3:*", "arn:aws:s3:::game/*")],
        ),
    }
}
