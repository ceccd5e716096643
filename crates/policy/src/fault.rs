//! Where a document is wrong. The checks know what is wrong and no places. So the place is found by trying: as long as
//! a part of the document is as it was written and everything after it is replaced by what no check minds, the first
//! part that brings the error back is the one to point at. The checks stay the only judges.

use std::ops::Range;

use crate::check::check_bucket;
use crate::condition::Operator;
use crate::json::Json;
use crate::malformed::Malformed;
use crate::places::{Member, Node, Value};
use crate::policy::{Kind, Policy};
use crate::position::Position;

/// Why a document is refused, and what in it is to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Why.
    pub error: Malformed,
    /// Where, in bytes; of what is missing, the place where it is.
    pub span: Range<usize>,
    /// What is wrong with the text where it is not the JSON that a document must be.
    pub detail: Option<String>,
}

impl Fault {
    /// The fault of a document, if it has one: the same error as that of `Policy::parse`.
    pub fn of(text: &str, kind: Kind) -> Option<Self> {
        Self::find(text, &Judge { kind, bucket: None })
    }

    /// The fault of the policy of a bucket, which must speak of this bucket only.
    pub fn of_bucket(text: &str, bucket: &str) -> Option<Self> {
        Self::find(text, &Judge { kind: Kind::Bucket, bucket: Some(bucket) })
    }

    fn find(text: &str, judge: &Judge<'_>) -> Option<Self> {
        let error = judge.error(text)?;
        if error == Malformed::TooLarge {
            return Some(Self { error, span: 0..text.len(), detail: None });
        }
        let json = match serde_json::from_str::<Json>(text) {
            Ok(json) => json,
            Err(wrong) => {
                let start = Position { line: wrong.line(), column: wrong.column() }.byte(text);
                let detail = wrong.to_string();
                let detail = detail.rsplit_once(" at line ").map_or(detail.as_str(), |(what, _)| what).to_owned();
                return Some(Self { error, span: one_character(start, text), detail: Some(detail) });
            }
        };
        let strange = |character: char| !matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}');
        if let Some((at, character)) = text.char_indices().find(|(_, character)| strange(*character))
            && judge.kind != Kind::Bucket
        {
            let detail = format!("the character `{character}` is not allowed in a policy");
            return Some(Self { error, span: one_character(at, text), detail: Some(detail) });
        }
        let Some(root) = Node::read(text) else {
            return Some(Self { error, span: 0..text.len(), detail: None });
        };
        let mut search = Search { judge, error: &error, document: json };
        let span = search.blame(None, &root, &mut vec![], &mut vec![]);
        Some(Self { error, span, detail: None })
    }
}

/// What says whether a document is refused.
struct Judge<'a> {
    kind: Kind,
    bucket: Option<&'a str>,
}

impl Judge<'_> {
    fn error(&self, text: &str) -> Option<Malformed> {
        match (Policy::parse(text, self.kind), self.bucket) {
            (Err(error), _) => Some(error),
            (Ok(policy), Some(bucket)) => check_bucket(&policy, bucket).err(),
            (Ok(_), None) => None,
        }
    }

    /// What no check minds in the place of a member; `None` where nothing there is best.
    fn harmless(&self, path: &[&str]) -> Option<(&'static str, Json)> {
        let attached = matches!(self.kind, Kind::Identity | Kind::Managed | Kind::Session);
        match path {
            ["Version"] => Some(("Version", text("2012-10-17"))),
            ["Statement"] => {
                let elements = ["Effect", "Principal", "Action", "Resource"];
                let elements = elements.into_iter().filter_map(|name| self.harmless(&["Statement", name]));
                let members = elements.map(|(name, value)| (name.to_owned(), value));
                Some(("Statement", Json::Object(members.collect())))
            }
            ["Statement", "Effect"] => Some(("Effect", text("Allow"))),
            ["Statement", "Principal" | "NotPrincipal"] if attached => None,
            ["Statement", "Principal" | "NotPrincipal"] => {
                Some(("Principal", Json::Object(vec![("AWS".to_owned(), text("*"))])))
            }
            ["Statement", "Action" | "NotAction"] if self.kind == Kind::Trust => {
                Some(("Action", text("sts:AssumeRole")))
            }
            ["Statement", "Action" | "NotAction"] => Some(("Action", text("s3:*"))),
            ["Statement", "Resource" | "NotResource"] if self.kind == Kind::Trust => None,
            ["Statement", "Resource" | "NotResource"] if self.kind == Kind::Bucket => {
                let bucket = self.bucket.unwrap_or("b");
                let both = [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")];
                Some(("Resource", Json::List(both.into_iter().map(Json::Text).collect())))
            }
            ["Statement", "Resource" | "NotResource"] => Some(("Resource", text("*"))),
            _ => None,
        }
    }

    /// A value of which so many parts are as written, and the others harmless.
    fn first(&self, written: &Json, keep: usize, path: &[&str]) -> Json {
        match written {
            Json::Object(members) => {
                let mut kept: Vec<(String, Json)> = members.iter().take(keep).cloned().collect();
                for (name, _) in members.iter().skip(keep) {
                    let path: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
                    if let Some((name, value)) = self.harmless(&path)
                        && !kept.iter().any(|(own, _)| own == name)
                    {
                        kept.push((name.to_owned(), value));
                    }
                }
                Json::Object(kept)
            }
            Json::List(items) => {
                let rest = items.iter().skip(keep).filter_map(|_| self.harmless(path)).map(|(_, value)| value);
                // Of harmless statements one is as good as many; in any other list none is.
                let rest = rest.take(usize::from(path == ["Statement"]));
                Json::List(items.iter().take(keep).cloned().chain(rest).collect())
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => written.clone(),
        }
    }
}

/// The search for what brings an error about.
struct Search<'a> {
    judge: &'a Judge<'a>,
    error: &'a Malformed,
    /// The document as far as the search has come: all that follows the part in question is harmless.
    document: Json,
}

impl Search<'_> {
    /// Where in a part the error comes from. It is known to come from this part. `way` leads to it by number, `path`
    /// by name.
    fn blame(
        &mut self,
        own: Option<&Member>,
        part: &Node,
        way: &mut Vec<usize>,
        path: &mut Vec<String>,
    ) -> Range<usize> {
        if matches!(path.as_slice(), [_, element, _] if element == "Condition")
            && let Some(operator) = own.filter(|own| Operator::parse(&own.name).is_none())
        {
            return operator.span.clone();
        }
        let parts = parts(part);
        let Some(written) = at(&mut self.document, way).cloned() else {
            return part.span.clone();
        };
        if parts.is_empty() || self.errs(&written, 0, way, path) {
            return self.to_point_at(own, part);
        }
        // The more is as written, the earlier the check that fails: once the error is there, it stays.
        let (mut clean, mut faulty) = (0, parts.len());
        while faulty - clean > 1 {
            let middle = clean.midpoint(faulty);
            if self.errs(&written, middle, way, path) {
                faulty = middle;
            } else {
                clean = middle;
            }
        }
        let Some((member, culprit)) = parts.get(clean).filter(|_| self.errs(&written, faulty, way, path)) else {
            return part.span.clone();
        };
        way.push(clean);
        path.extend(member.map(|member| member.name.clone()));
        self.blame(*member, culprit, way, path)
    }

    /// Whether the error is there with so many parts of a value as they were written.
    fn errs(&mut self, written: &Json, keep: usize, way: &[usize], path: &[String]) -> bool {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        if let Some(place) = at(&mut self.document, way) {
            *place = self.judge.first(written, keep, &path);
        }
        let text = serde_json::to_string(&self.document).unwrap_or_default();
        self.judge.error(&text).as_ref() == Some(self.error)
    }

    /// A member is to blame for its name, for being there at all, or for its value.
    fn to_point_at(&self, own: Option<&Member>, part: &Node) -> Range<usize> {
        match (self.error, own) {
            (Malformed::ConditionKey | Malformed::ActionCondition, Some(own)) => own.span.clone(),
            (
                Malformed::Syntax
                | Malformed::BucketSyntax
                | Malformed::UnknownField { .. }
                | Malformed::ProhibitedField { .. }
                | Malformed::PrincipalForbidden,
                Some(own),
            ) => own.span.start..part.span.end,
            _ => part.span.clone(),
        }
    }
}

fn parts(node: &Node) -> Vec<(Option<&Member>, &Node)> {
    match &node.value {
        Value::Object(members) => members.iter().map(|member| (Some(member), &member.node)).collect(),
        Value::List(items) => items.iter().map(|item| (None, item)).collect(),
        Value::Bare(_) | Value::Text(_) => vec![],
    }
}

fn at<'a>(json: &'a mut Json, way: &[usize]) -> Option<&'a mut Json> {
    way.iter().try_fold(json, |json, index| match json {
        Json::Object(members) => members.get_mut(*index).map(|(_, value)| value),
        Json::List(items) => items.get_mut(*index),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => None,
    })
}

fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

fn one_character(start: usize, text: &str) -> Range<usize> {
    let length = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    start..start + length
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks a document in which `«…»` marks the place of its fault.
    fn points_at(kind: Kind, marked: &str, error: &str) {
        let (before, rest) = marked.split_once('«').unwrap();
        let (culprit, after) = rest.split_once('»').unwrap();
        let text = format!("{before}{culprit}{after}");
        let fault = Fault::of(&text, kind).unwrap();
        assert_eq!(fault.error.to_string(), error, "{text}");
        assert_eq!(&text[fault.span.clone()], culprit, "{text}");
        assert_eq!(fault.span.start, before.len(), "{text}");
    }

    fn identity(marked: &str, error: &str) {
        points_at(Kind::Managed, &format!(r#"{{"Version":"2012-10-17","Statement":{marked}}}"#), error);
    }

    #[test]
    fn the_part_to_blame_is_pointed_at() {
        let rest = r#""Action":"s3:*","Resource":"*""#;
        identity(&format!(r#"{{«"Effect":"allowed"»,{rest}}}"#), "Syntax errors in policy.");
        identity(&format!(r#"{{"Effect":«"allow"»,{rest}}}"#), "The policy failed legacy parsing");
        identity(&format!(r#"{{"Effect":"Allow",«"Effekt":1»,{rest}}}"#), "Syntax errors in policy.");
        identity(
            r#"{"Effect":"Allow","Action":["s3:*",«"s3"»,"iam"],"Resource":"*"}"#,
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        );
        identity(
            &format!(r#"[{{"Effect":"Allow",{rest}}},{{"Effect":"Deny","Action":"s3:*","Resource":["*",«"b"»]}}]"#),
            "Resource b must be in ARN format or \"*\".",
        );
        identity(
            &format!(r#"[{{"Sid":"a","Effect":"Allow",{rest}}},{{"Sid":«"a"»,"Effect":"Deny",{rest}}}]"#),
            "Statement IDs (SID) in a single policy must be unique.",
        );
        identity(
            &format!(r#"{{"Effect":"Allow",{rest},"Condition":{{"Bool":{{"k":"true"}},«"Boolean"»:{{"k":"true"}}}}}}"#),
            "Syntax errors in policy.",
        );
        identity(
            &format!(r#"{{"Effect":"Allow",{rest},"Condition":{{"DateLessThan":{{"k":["2026-01-01",«"soon"»]}}}}}}"#),
            "The policy failed legacy parsing",
        );
        identity(
            &format!(r#"{{«"Principal":"*"»,"Effect":"Allow",{rest}}}"#),
            "Policy document should not specify a principal.",
        );
    }

    #[test]
    fn what_is_missing_is_missing_where_it_belongs() {
        identity(r#"«{"Effect":"Allow","Resource":"*"}»"#, "Policy statement must contain actions.");
        identity(r#"{"Effect":"Allow","Action":«[]»,"Resource":"*"}"#, "Policy statement must contain actions.");
        identity(r#"«{"Effect":"Allow","Action":"s3:*"}»"#, "Policy statement must contain resources.");
        points_at(Kind::Managed, r#"«{"Version":"2012-10-17"}»"#, "Syntax errors in policy.");
        let old = r#"{"Version":«"2008-10-17"»,"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}"#;
        points_at(Kind::Managed, old, "Policy document must be version 2012-10-17 or greater.");
    }

    #[test]
    fn of_two_faults_the_one_that_is_reported_is_pointed_at() {
        // The shape is checked before the actions are.
        identity(
            r#"[{"Effect":"Allow","Action":"s3","Resource":"*"},{"Effect":"Allow","Action":"s3:*",«"Resource":7»}]"#,
            "Syntax errors in policy.",
        );
    }

    #[test]
    fn other_kinds_have_their_own_faults() {
        let trust = |marked: &str, error| points_at(Kind::Trust, &format!(r#"{{"Statement":[{marked}]}}"#), error);
        trust(
            r#"{"Effect":"Allow","Principal":{"AWS":["111111111111",«"ann"»]},"Action":"sts:AssumeRole"}"#,
            "Invalid principal in policy: \"AWS\":\"ann\"",
        );
        trust(
            r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole",«"Resource":"*"»}"#,
            "Has prohibited field Resource",
        );
        trust(
            r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["sts:AssumeRole",«"s3:GetObject"»]}"#,
            "AssumeRole policy may only specify STS AssumeRole actions.",
        );
        let bucket = |marked: &str, error| {
            let start = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Resource":"arn:aws:s3:::b/*","#;
            points_at(Kind::Bucket, &format!("{start}{marked}}}]}}"), error);
        };
        bucket(
            r#""Action":"s3:GetObject","Condition":{"Bool":{«"nokey"»:"true"}}"#,
            "Policy has an invalid condition key",
        );
        bucket(r#""Action":[«"s3:NoSuch"»]"#, "Policy has invalid action");
    }

    #[test]
    fn the_bucket_of_a_policy_is_its_own() {
        let text = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*",
            "Resource":["arn:aws:s3:::own","arn:aws:s3:::other"]}]}"#;
        assert_eq!(Fault::of(text, Kind::Bucket), None);
        let fault = Fault::of_bucket(text, "own").unwrap();
        assert_eq!(&text[fault.span], "\"arn:aws:s3:::other\"");
    }

    #[test]
    fn what_is_no_json_is_pointed_at_where_it_ceases_to_be() {
        let fault = Fault::of("{\n  \"Version\": \"2012-10-17\",\n  ,\n}", Kind::Identity).unwrap();
        assert_eq!((fault.error, fault.span), (Malformed::Syntax, 31..32));
        assert_eq!(fault.detail.as_deref(), Some("key must be a string"));
        let twice = Fault::of(r#"{"Version":"2012-10-17","Version":"2012-10-17"}"#, Kind::Identity).unwrap();
        assert_eq!(twice.detail.as_deref(), Some("a member occurs twice"));
        let strange = "{\"Statement\":{\"Sid\":\"\u{4e16}\"}}";
        assert_eq!(Fault::of(strange, Kind::Identity).unwrap().span, 21..24);
        assert_eq!(Fault::of("", Kind::Identity).unwrap().span, 0..0);
    }
}
