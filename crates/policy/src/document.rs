//! The shape of a document: JSON in, statements out as they are written. Everything here is the first check of a
//! policy (`Syntax errors in policy.`); what the texts mean is checked later.

use crate::condition::Operator;
use crate::json::Json;
use crate::malformed::Malformed;
use crate::policy::Kind;

/// A document of the right shape.
pub(crate) struct Document {
    /// As written.
    pub(crate) version: Option<Version>,
    pub(crate) statements: Vec<Written>,
}

/// The versions of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    Of2008,
    Of2012,
}

/// A statement as written.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) sid: Option<String>,
    pub(crate) effect: String,
    pub(crate) principal: Option<Choice<Who>>,
    pub(crate) action: Option<Choice<Vec<String>>>,
    pub(crate) resource: Option<Choice<Vec<String>>>,
    pub(crate) conditions: Vec<Wish>,
}

/// An element or its Not-form.
pub(crate) struct Choice<T> {
    pub(crate) not: bool,
    pub(crate) value: T,
}

/// The value of a principal element.
pub(crate) enum Who {
    Text(String),
    /// Kind and names, such as `AWS` and account ids.
    Kinds(Vec<(String, Vec<String>)>),
}

/// One key under one operator.
pub(crate) struct Wish {
    pub(crate) spelling: String,
    pub(crate) operator: Operator,
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

impl Document {
    /// Reads a document of this kind, within the bounds of size and number.
    pub(crate) fn read(text: &str, kind: Kind) -> Result<Self, Malformed> {
        if text.len() > LONGEST {
            return Err(Malformed::TooLarge);
        }
        if kind != Kind::Bucket
            && !text.chars().all(|character| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}'))
        {
            return Err(Malformed::Syntax);
        }
        let members = Json::parse(text).and_then(Json::object).ok_or_else(|| not_json(kind))?;
        let mut document = Self { version: None, statements: vec![] };
        let mut statements = None;
        for (name, value) in members {
            match name.as_str() {
                "Version" => document.version = Some(version(value, kind)?),
                "Id" => drop(value.text().ok_or_else(|| syntax(kind))?),
                "Statement" => statements = Some(value),
                "Conditions" if kind != Kind::Bucket => {} // accepted by the real service, and without effect
                _ => return Err(unknown(name, kind)),
            }
        }
        let statements = match statements {
            Some(Json::List(items)) if !items.is_empty() => items,
            Some(one @ Json::Object(_)) => vec![one],
            None if kind == Kind::Bucket => return Err(Malformed::MissingField { field: "Statement" }),
            Some(_) | None => return Err(syntax(kind)),
        };
        if statements.len() > MOST_STATEMENTS {
            return Err(Malformed::TooLarge);
        }
        document.statements = statements.into_iter().map(|item| statement(item, kind)).collect::<Result<_, _>>()?;
        Ok(document)
    }
}

fn statement(value: Json, kind: Kind) -> Result<Written, Malformed> {
    let wrong = || syntax(kind);
    let mut written = Written::default();
    let mut effect = None;
    for (name, value) in value.object().ok_or_else(wrong)? {
        let not = name.starts_with("Not");
        match name.as_str() {
            "Sid" => written.sid = Some(value.text().ok_or_else(wrong)?),
            "Effect" => effect = Some(value.text().ok_or_else(wrong)?),
            "Principal" | "NotPrincipal" => place(&mut written.principal, not, who(value).ok_or_else(wrong)?, kind)?,
            "Action" | "NotAction" => place(&mut written.action, not, texts(value, false).ok_or_else(wrong)?, kind)?,
            "Resource" | "NotResource" => {
                place(&mut written.resource, not, texts(value, true).ok_or_else(wrong)?, kind)?
            }
            "Condition" => written.conditions = conditions(value, kind)?,
            _ => return Err(unknown(name, kind)),
        }
    }
    match effect {
        None if kind == Kind::Bucket => return Err(Malformed::MissingField { field: "Effect" }),
        Some(effect) if kind == Kind::Bucket && effect != "Allow" && effect != "Deny" => {
            return Err(Malformed::BucketEffect { effect });
        }
        Some(effect) if effect.eq_ignore_ascii_case("allow") || effect.eq_ignore_ascii_case("deny") => {
            written.effect = effect;
        }
        Some(_) | None => return Err(syntax(kind)),
    }
    Ok(written)
}

/// Fills an element that may stand in one of two forms, but not in both.
fn place<T>(slot: &mut Option<Choice<T>>, not: bool, value: T, kind: Kind) -> Result<(), Malformed> {
    match slot.replace(Choice { not, value }) {
        None => Ok(()),
        Some(_) => Err(syntax(kind)),
    }
}

/// A text or a list of texts. `null` counts as nothing; within a list only where `holes` says so.
fn texts(value: Json, holes: bool) -> Option<Vec<String>> {
    match value {
        Json::Null => Some(vec![]),
        Json::List(items) => items.into_iter().filter(|item| !holes || *item != Json::Null).map(Json::text).collect(),
        one => one.text().map(|text| vec![text]),
    }
}

fn who(value: Json) -> Option<Who> {
    match value {
        Json::Text(text) => Some(Who::Text(text)),
        Json::Object(members) => {
            let kinds = members.into_iter().map(|(kind, names)| Some((kind, texts(names, false)?)));
            Some(Who::Kinds(kinds.collect::<Option<_>>()?))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::List(_) => None,
    }
}

fn conditions(value: Json, kind: Kind) -> Result<Vec<Wish>, Malformed> {
    let wrong = || syntax(kind);
    let mut wishes = vec![];
    for (spelling, keys) in value.object().ok_or_else(wrong)? {
        let keys = keys.object().ok_or_else(wrong)?;
        let operator = match Operator::parse(&spelling) {
            Some(operator) => operator,
            None if keys.is_empty() => continue, // an unknown operator that asks for nothing is accepted
            None if kind == Kind::Bucket => return Err(Malformed::ConditionType { operator: spelling }),
            None => return Err(wrong()),
        };
        for (key, values) in keys {
            let values = scalars(values).ok_or_else(wrong)?;
            wishes.push(Wish { spelling: spelling.clone(), operator, key, values });
        }
    }
    Ok(wishes)
}

fn scalars(value: Json) -> Option<Vec<String>> {
    match value {
        Json::List(items) => items.into_iter().map(Json::scalar).collect(),
        one => one.scalar().map(|text| vec![text]),
    }
}

fn version(value: Json, kind: Kind) -> Result<Version, Malformed> {
    match value.text().as_deref() {
        Some("2008-10-17") => Ok(Version::Of2008),
        Some("2012-10-17") => Ok(Version::Of2012),
        Some(_) if kind == Kind::Bucket => Err(Malformed::BucketVersion),
        Some(_) | None => Err(syntax(kind)),
    }
}

fn syntax(kind: Kind) -> Malformed {
    if kind == Kind::Bucket { Malformed::BucketSyntax } else { Malformed::Syntax }
}

fn not_json(kind: Kind) -> Malformed {
    match kind {
        Kind::Bucket => Malformed::BucketNotJson,
        Kind::Trust => Malformed::TrustNotJson,
        Kind::Identity | Kind::Managed | Kind::Session | Kind::Resource | Kind::ResourceControl => Malformed::Syntax,
    }
}

fn unknown(field: String, kind: Kind) -> Malformed {
    if kind == Kind::Bucket { Malformed::UnknownField { field } } else { Malformed::Syntax }
}

/// The longest `PolicyDocument` of the IAM API, in bytes.
const LONGEST: usize = 131_072;
const MOST_STATEMENTS: usize = 2_048;
