//! Whether a resource policy is public, as S3's block of public access means it.

use crate::condition::{Comparison, Condition, range};
use crate::policy::Policy;
use crate::principal::Name;
use crate::statement::{Effect, Statement};

/// Whether some statement allows something to whom it does not name: neither its principals nor a condition limit it to
/// fixed values, which are values without wildcards and variables.
///
/// It errs on the side of `true`: a condition that this function does not know limits nobody.
pub fn is_public(policy: &Policy) -> bool {
    let allows = |statement: &&Statement| statement.effect == Effect::Allow;
    policy.statements.iter().filter(allows).any(|statement| !names_whom(statement) && !is_limited(statement))
}

fn names_whom(statement: &Statement) -> bool {
    let element = statement.principal.as_ref();
    element.is_some_and(|element| !element.not && !element.names.contains(&Name::Everyone))
}

fn is_limited(statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| condition.pins_its_key() && is_fixed(condition))
}

fn is_fixed(condition: &Condition) -> bool {
    let key = condition.key();
    if key.eq_ignore_ascii_case("aws:SourceIp") {
        return condition.operator.comparison == Comparison::IpAddress && condition.texts().all(is_narrow);
    }
    let compares = matches!(
        condition.operator.comparison,
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase | Comparison::StringLike | Comparison::Arn
    );
    compares
        && LIMITING.iter().any(|limiting| key.eq_ignore_ascii_case(limiting))
        && condition.texts().all(|text| !text.contains(['*', '?', '$']))
}

/// Whether a range of addresses is at most a `/8`, or a `/32` of IPv6.
fn is_narrow(text: &str) -> bool {
    range(text).is_some_and(|range| range.prefix_len() >= if range.addr().is_ipv4() { 8 } else { 32 })
}

/// The condition keys whose values say who asks.
const LIMITING: [&str; 10] = [
    "aws:SourceArn",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:SourceAccount",
    "aws:SourceOwner",
    "aws:userid",
    "aws:PrincipalOrgID",
    "s3:DataAccessPointArn",
    "s3:DataAccessPointAccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Kind;

    fn public(who: &str, condition: &str) -> bool {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{who},"Action":"s3:GetObject","Resource":"arn:aws:s3:::game/*","Condition":{condition}}}]}}"#
        );
        is_public(&Policy::parse(&text, Kind::Bucket).unwrap_or_else(|error| panic!("{error}: {text}")))
    }

    #[test]
    fn who_is_named_is_not_the_public() {
        assert!(public(r#""Principal":"*""#, "{}"));
        assert!(public(r#""Principal":{"AWS":"*"}"#, "{}"));
        assert!(public(r#""Principal":{"AWS":["*","111122223333"]}"#, "{}"));
        assert!(public(r#""NotPrincipal":{"AWS":"111122223333"}"#, "{}"));
        assert!(!public(r#""Principal":{"AWS":"111122223333"}"#, "{}"));
        assert!(!public(r#""Principal":{"AWS":"arn:aws:iam::111122223333:root"}"#, "{}"));
    }

    #[test]
    fn conditions_limit_only_by_fixed_values_of_keys_that_say_who_asks() {
        for (condition, wanted) in [
            (r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, false),
            (r#"{"IpAddress":{"aws:sourceip":["203.0.113.7","2001:db8::/32"]}}"#, false),
            (r#"{"IpAddress":{"aws:SourceIp":["203.0.113.7","0.0.0.0/1"]}}"#, true),
            (r#"{"IpAddress":{"aws:SourceIp":"2001::/16"}}"#, true),
            (r#"{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, true),
            (r#"{"IpAddressIfExists":{"aws:SourceIp":"203.0.113.0/24"}}"#, true),
            (r#"{"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#, false),
            (r#"{"StringLike":{"aws:SourceVpce":"vpce-*"}}"#, true),
            (r#"{"StringLike":{"aws:userid":"AROAEXAMPLE:*"}}"#, true),
            (r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#, false),
            (r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}"#, true),
            (r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#, true),
            (r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#, true),
            (r#"{"StringEquals":{"aws:SourceArn":"arn:aws:s3:::${aws:username}"}}"#, true),
            (r#"{"StringEquals":{"aws:Referer":"https://game.example"}}"#, true),
            (r#"{"Bool":{"aws:SecureTransport":"true"}}"#, true),
            (r#"{"Null":{"aws:PrincipalOrgID":"false"}}"#, true),
        ] {
            assert_eq!(public(r#""Principal":"*""#, condition), wanted, "{condition}");
        }
    }

    #[test]
    fn what_is_denied_is_open_to_nobody() {
        let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::game/*"}]}"#;
        assert!(!is_public(&Policy::parse(text, Kind::Bucket).unwrap()));
    }
}
