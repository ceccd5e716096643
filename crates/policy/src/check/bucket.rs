//! Policies of S3 buckets.

use super::s3::{self, Scope};
use crate::action::ActionPattern;
use crate::document::Written;
use crate::malformed::Malformed;
use crate::policy::Policy;

/// Checks that a bucket policy speaks of this bucket and its objects, and of nothing else.
pub fn check_bucket(policy: &Policy, bucket: &str) -> Result<(), Malformed> {
    let elements = policy.statements.iter().filter_map(|statement| statement.resources.as_ref());
    let mut resources = elements.flat_map(|element| &element.patterns);
    if resources.all(|resource| of_bucket(resource.text()).is_some_and(|(name, _)| covers(name, bucket))) {
        return Ok(());
    }
    Err(Malformed::BucketResource)
}

/// What can be checked without knowing the bucket.
pub(super) fn statements(statements: &[Written]) -> Result<(), Malformed> {
    statements.iter().try_for_each(required)?;
    statements.iter().try_for_each(statement)
}

fn required(statement: &Written) -> Result<(), Malformed> {
    let lists = [("Action", &statement.action), ("Resource", &statement.resource)];
    if statement.principal.is_none() {
        return Err(Malformed::MissingField { field: "Principal" });
    }
    match lists.into_iter().find(|(_, choice)| choice.as_ref().is_none_or(|choice| choice.value.is_empty())) {
        Some((field, _)) => Err(Malformed::MissingField { field }),
        None => Ok(()),
    }
}

fn statement(statement: &Written) -> Result<(), Malformed> {
    let (Some(action), Some(resource)) = (&statement.action, &statement.resource) else {
        return Err(Malformed::BucketSyntax);
    };
    let mut scopes = vec![];
    for text in &resource.value {
        let (name, key) = of_bucket(text).ok_or(Malformed::BucketResource)?;
        scopes.push(Scope { bucket: key.is_none(), object: key.is_some() || name.ends_with('*') });
    }
    let patterns: Vec<ActionPattern> = action.value.iter().map(|text| ActionPattern::new(text)).collect();
    if !patterns.iter().all(s3::exists) {
        return Err(Malformed::BucketAction);
    }
    let reaches = |pattern: &ActionPattern| scopes.iter().any(|scope| s3::applies(pattern, *scope));
    if !action.not && !resource.not && !patterns.iter().all(reaches) {
        return Err(Malformed::ActionResource);
    }
    for wish in &statement.conditions {
        if !s3::is_condition_key(&wish.key) {
            return Err(Malformed::ConditionKey);
        }
        if !action.not && !patterns.iter().any(|pattern| s3::has_key(pattern, &wish.key)) {
            return Err(Malformed::ActionCondition);
        }
    }
    Ok(())
}

/// Bucket and key of a resource of S3: `arn:aws:s3:::bucket/key`.
fn of_bucket(text: &str) -> Option<(&str, Option<&str>)> {
    let parts = crate::arn_pattern::parts(text)?;
    let [_, partition, service, region, account, rest] = parts;
    let place = !partition.is_empty() && service == "s3" && region.is_empty() && account.is_empty();
    let (name, key) = rest.split_once('/').map_or((rest, None), |(name, key)| (name, Some(key)));
    (place && !name.is_empty()).then_some((name, key))
}

/// Whether the name in a resource is the bucket, or begins with it and goes on with wildcards only.
fn covers(name: &str, bucket: &str) -> bool {
    name.strip_prefix(bucket).is_some_and(|rest| rest.bytes().all(|byte| byte == b'*'))
}
