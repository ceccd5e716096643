//! What a decision costs, how that grows with the number of statements, and what it costs to compile a policy.

use std::hint::black_box;

use policy::{Kind, Policy, Request, decide};

use crate::bare;
use crate::scenarios::{self, Scenario};
use crate::{Result, nanos};

pub fn scenarios() -> Result {
    println!("| decision | ns | by hand | ratio | budget |\n|---|--:|--:|--:|--:|");
    for scenario in scenarios::all()? {
        let took = decision(&scenario)?;
        let by_hand = by_hand(&scenario)?;
        println!("| {} | {took:.0} | {by_hand:.0} | {:.1} | 200 |", scenario.name, took / by_hand);
    }
    Ok(())
}

/// The same request under ever more statements, of which one applies.
pub fn growth() -> Result {
    println!("\n| statements | a bucket each, ns | an action each, ns |\n|--:|--:|--:|");
    let never: fn(&bare::Facts<'_>) -> bool = |_| false;
    for count in [1, 10, 100, 1000] {
        let bucket = format!("arn:aws:s3:::team-{:02}-data/reports/last", count / 2);
        let buckets = Scenario::new("buckets", &scenarios::teams(count), ("s3:GetObject", &bucket), never)?;
        let actions = Scenario::new("actions", &scenarios::actions(count), ("dynamodb:Call00", "*"), never)?;
        println!("| {count} | {:.0} | {:.0} |", decision(&buckets)?, decision(&actions)?);
    }
    Ok(())
}

pub fn parsing() -> Result {
    println!("\n| parse and compile | bytes | MB/s | budget |\n|---|--:|--:|--:|");
    for (name, statements) in [
        ("own data", scenarios::OWN_DATA.to_owned()),
        ("100 buckets", scenarios::teams(100)),
        ("1000 actions", scenarios::actions(1000)),
    ] {
        let document = scenarios::document(&statements);
        Policy::parse(&document, Kind::Identity)?;
        let took = nanos(|| Policy::parse(black_box(&document), Kind::Identity));
        let length = f64::from(u32::try_from(document.len())?);
        println!("| {name} | {length} | {:.0} | 50 |", length * 1e3 / took);
    }
    Ok(())
}

fn decision(scenario: &Scenario) -> Result<f64> {
    let principal = scenarios::player()?;
    let context = scenarios::context();
    let policies = scenario.policies();
    let request = Request {
        principal: &principal,
        action: scenario.action,
        resource: &scenario.resource,
        resource_account: principal.account(),
        context: &context,
    };
    if !decide(&request, &policies).is_allowed() {
        return Err(format!("`{}` is decided wrongly", scenario.name).into());
    }
    Ok(nanos(|| decide(black_box(&request), black_box(&policies))))
}

fn by_hand(scenario: &Scenario) -> Result<f64> {
    let keys = scenarios::leading_keys();
    let facts = bare::Facts {
        action: scenario.action,
        resource: &scenario.resource,
        sub: scenarios::SUB,
        leading_keys: &keys,
        address: scenarios::ADDRESS,
        time: scenarios::TIME,
    };
    if !(scenario.bare)(&facts) {
        return Err(format!("`{}` is decided wrongly by hand", scenario.name).into());
    }
    Ok(nanos(|| black_box(scenario.bare)(black_box(&facts))))
}
