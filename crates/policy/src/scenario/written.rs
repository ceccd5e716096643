//! The JSON of a scenario.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use vocab::{AccountId, Arn};

use super::{BadScenario, Library, Scenario};
use crate::context::{Context, Value};
use crate::json::Json;
use crate::policy::{Kind, Named};
use crate::principal::Principal;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Written<'a> {
    #[serde(default, borrow, deserialize_with = "any")]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    principal: Option<Cow<'a, str>>,
    action: Option<String>,
    resource: Option<String>,
    resource_account: Option<String>,
    context: Option<Json>,
    #[serde(default, borrow)]
    identity: Option<&'a RawValue>,
    #[serde(default, borrow)]
    resource_policy: Option<&'a RawValue>,
    #[serde(default, borrow)]
    boundary: Option<&'a RawValue>,
    #[serde(default, borrow)]
    session: Option<&'a RawValue>,
    #[serde(default, borrow)]
    scps: Option<Vec<&'a RawValue>>,
    #[serde(default, borrow)]
    rcps: Option<Vec<&'a RawValue>>,
    wildcard_only: Option<bool>,
}

/// A value as it is written, `null` included: an id may be one.
fn any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

pub(super) fn read(text: &str, library: &mut Library) -> Result<Scenario, BadScenario> {
    let written: Written<'_> = serde_json::from_str(text).map_err(|error| BadScenario::Json(error.to_string()))?;
    let context = context(written.context)?;
    let principal = match &written.principal {
        None => Principal::Anonymous,
        Some(name) => Principal::named(name, &context)?,
    };
    let action = written.action.ok_or(BadScenario::Missing("action"))?;
    let resource = match written.wildcard_only {
        Some(true) => "*".to_owned(),
        Some(false) | None => written.resource.ok_or(BadScenario::Missing("resource"))?,
    };
    let owner = match written.resource_account {
        Some(text) => Some(text.parse::<AccountId>().map_err(|_| BadScenario::Account(text))?),
        None => resource.parse::<Arn>().ok().and_then(|arn| arn.account_id()),
    };
    let mut shelf = Shelf { library };
    let resource_kind = Scenario::kind_of_resource_policy(&action, &resource);
    let given = |policies: Vec<Named>| Some(policies).filter(|policies| !policies.is_empty());
    Ok(Scenario {
        id: written.id.map(ToOwned::to_owned),
        identity: shelf.policies(written.identity, "identity", Kind::Identity)?,
        // A list of none is the same as no list: who is bounded is bounded by something.
        boundary: given(shelf.policies(written.boundary, "boundary", Kind::Identity)?),
        session: given(shelf.policies(written.session, "session", Kind::Session)?),
        resource_policy: written
            .resource_policy
            .filter(|raw| raw.get() != "null")
            .map(|raw| shelf.policy(raw, "resourcePolicy".to_owned(), resource_kind))
            .transpose()?,
        service_control: shelf.levels(written.scps, "scps", Kind::Identity)?,
        resource_control: shelf.levels(written.rcps, "rcps", Kind::ResourceControl)?,
        resource_account: owner,
        principal,
        action,
        resource,
        context,
    })
}

/// Condition keys: texts, numbers and truth values are one value, lists are many, `null` is none.
fn context(written: Option<Json>) -> Result<Context, BadScenario> {
    let members = match written {
        None | Some(Json::Null) => vec![],
        Some(written) => written.object().ok_or_else(|| BadScenario::Json("`context` is no object".into()))?,
    };
    let mut context = Context::with_capacity(members.len());
    for (key, value) in members {
        let wrong = || BadScenario::Json(format!("context key `{key}` is neither a text nor a list of texts"));
        let value = match value {
            Json::Null => continue,
            Json::List(items) => {
                Value::Many(items.into_iter().map(Json::scalar).collect::<Option<_>>().ok_or_else(wrong)?)
            }
            one => Value::One(one.scalar().ok_or_else(wrong)?.into()),
        };
        if context.get(&key).is_some() {
            return Err(BadScenario::Twice(key));
        }
        context.set(key, value);
    }
    Ok(context)
}

struct Shelf<'l> {
    library: &'l mut Library,
}

impl Shelf<'_> {
    /// A policy: an object, or a text with one in it.
    fn policy(&mut self, raw: &RawValue, field: String, kind: Kind) -> Result<Named, BadScenario> {
        let document = match raw.get().starts_with('"') {
            true => Cow::Owned(serde_json::from_str::<String>(raw.get()).map_err(|error| json(&field, &error))?),
            false => Cow::Borrowed(raw.get()),
        };
        match self.library.get(kind, &document) {
            Ok(policy) => Ok(Named { name: field.into(), policy }),
            Err(error) => Err(BadScenario::Policy { field, error }),
        }
    }

    /// A list of policies; one alone may stand without its list.
    fn policies(&mut self, raw: Option<&RawValue>, field: &str, kind: Kind) -> Result<Vec<Named>, BadScenario> {
        let Some(raw) = raw.filter(|raw| raw.get() != "null") else {
            return Ok(vec![]);
        };
        if !raw.get().starts_with('[') {
            return Ok(vec![self.policy(raw, field.to_owned(), kind)?]);
        }
        let items: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|error| json(field, &error))?;
        let items = items.into_iter().enumerate();
        items.map(|(at, raw)| self.policy(raw, format!("{field}[{at}]"), kind)).collect()
    }

    fn levels(
        &mut self,
        levels: Option<Vec<&RawValue>>,
        field: &str,
        kind: Kind,
    ) -> Result<Vec<Vec<Named>>, BadScenario> {
        let levels = levels.unwrap_or_default().into_iter().enumerate();
        levels.map(|(at, raw)| self.policies(Some(raw), &format!("{field}[{at}]"), kind)).collect()
    }
}

fn json(field: &str, error: &serde_json::Error) -> BadScenario {
    BadScenario::Json(format!("`{field}`: {error}"))
}
