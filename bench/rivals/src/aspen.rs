//! `scratchstack-aspen`, which reads the same documents. It knows no set operators and no lists.

use std::str::FromStr as _;

use chrono::{DateTime, Utc};
use scratchstack_arn::Arn;
use scratchstack_aspen::{Context, Decision, Policy};
use scratchstack_aws_principal::{Principal, PrincipalIdentity, SessionData, SessionValue, User};

use crate::scenario::{ACCOUNT, Request, Scenario};
use crate::{Decide, Result};

pub fn ask(scenario: &Scenario) -> Result<Decide> {
    // Without set operators, the nearest is one key compared as one text.
    let policy: Policy = serde_json::from_str(&scenario.policy.replace("ForAllValues:", ""))?;
    let contexts = scenario.requests.iter().map(context).collect::<Result<Vec<_>>>()?;
    Ok(Box::new(move |at| matches!(policy.evaluate(&contexts[at]), Ok(Decision::Allow))))
}

fn context(asked: &Request) -> Result<Context> {
    let mut session = SessionData::new();
    session.insert("aws:username", SessionValue::String("ann".into()));
    session.insert("aws:SourceIp", SessionValue::IpAddr(asked.address.parse()?));
    session.insert("aws:CurrentTime", SessionValue::Timestamp(asked.time.parse::<DateTime<Utc>>()?));
    if !asked.leading_keys.is_empty() {
        session.insert("dynamodb:LeadingKeys", SessionValue::String(asked.leading_keys.join(",")));
    }
    let (service, api) = asked.action.split_once(':').ok_or("an action without service")?;
    let user = User::new("aws", ACCOUNT, "/", "ann")?;
    Ok(Context::builder()
        .service(service)
        .api(api)
        .actor(Principal::from(vec![PrincipalIdentity::from(user)]))
        .resources(vec![Arn::from_str(&asked.resource)?])
        .session_data(session)
        .build()?)
}
