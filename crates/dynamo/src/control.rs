//! Tables, their time to live and their tags: one decision on the table.

use operation::Visit;
use serde_json::Value;

use crate::document::{Members, members};
use crate::error::Error;
use crate::items::renamed;
use crate::plan::{Facts, Plan, Touch};
use crate::run::{Dynamo, is_strange, schema};
use crate::tokens::Sealing;
use crate::{table, tokens};

pub(crate) fn create_table<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &CREATE_TABLE)
}

pub(crate) fn delete_table<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &DELETE_TABLE)
}

pub(crate) fn describe_table<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &DESCRIBE_TABLE)
}

pub(crate) fn update_table<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &UPDATE_TABLE)
}

pub(crate) fn describe_continuous_backups<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &DESCRIBE_CONTINUOUS_BACKUPS)
}

pub(crate) fn update_time_to_live<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &UPDATE_TIME_TO_LIVE)
}

pub(crate) fn describe_time_to_live<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &DESCRIBE_TIME_TO_LIVE)
}

pub(crate) fn tag_resource<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &TAG_RESOURCE)
}

pub(crate) fn untag_resource<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &UNTAG_RESOURCE)
}

pub(crate) fn list_tags_of_resource<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &LIST_TAGS_OF_RESOURCE)
}

pub(crate) fn list_tables<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    Box::pin(async move {
        if is_strange(visit) {
            return Ok(Plan::for_strangers("ListTables"));
        }
        members(input, &["ExclusiveStartTableName", "Limit"])?;
        Ok(Plan::new("ListTables", false).touch(Touch::new("dynamodb:ListTables", "*".to_owned())))
    })
}

struct Kind {
    operation: &'static str,
    action: &'static str,
    writes: bool,
    /// The member that names the table.
    table: &'static str,
    members: &'static [&'static str],
}

fn facts<'a>(visit: &'a Visit<Dynamo>, input: &'a Value, kind: &'static Kind) -> Facts<'a> {
    Box::pin(async move {
        if is_strange(visit) {
            return Ok(Plan::for_strangers(kind.operation));
        }
        let members = members(input, kind.members)?;
        let given = members.required_text(kind.table)?;
        let name = table::name(given, &visit.place)?;
        let mut plan = Plan::new(kind.operation, kind.writes);
        // A table that is to be made has no tags yet.
        if kind.operation != "CreateTable" {
            schema(visit, &mut plan, name).await?;
        }
        let tags = tag_keys(members)?;
        let touch = |action| {
            let mut touch = Touch::new(action, table::arn(&visit.place, name));
            for (key, value) in &tags {
                touch.context.set_some(format!("aws:RequestTag/{key}"), *value);
            }
            if !tags.is_empty() {
                let keys: Vec<String> = tags.iter().map(|(key, _)| (*key).to_owned()).collect();
                touch.context.set("aws:TagKeys", keys);
            }
            touch
        };
        plan.touches.push(touch(kind.action));
        if kind.operation == "CreateTable" && !tags.is_empty() {
            plan.touches.push(touch("dynamodb:TagResource"));
        }
        if kind.operation == "ListTagsOfResource" {
            let what = format!("tags:{name}");
            if let Some(token) = members.text("NextToken")? {
                let token = tokens::page(visit, &what, token).await?;
                plan.rewrite(input, "NextToken", token.into());
            }
            plan.sealing = Some(Sealing::Page { what });
        }
        if kind.table == "TableName" {
            plan.rewritten = renamed(input, given, name);
        } else if !given.starts_with("arn:") {
            return Err(Error::validation(format!("Invalid TableArn: Invalid ResourceArn provided as input {given}")));
        }
        Ok(plan)
    })
}

/// The tags that a request sets, or, without values, removes.
fn tag_keys<'a>(members: Members<'a>) -> Result<Vec<(&'a str, Option<&'a str>)>, Error> {
    let mut tags = Vec::new();
    for tag in members.list("Tags")? {
        let tag = self::members(tag, &["Key", "Value"])?;
        tags.push((tag.required_text("Key")?, tag.text("Value")?));
    }
    tags.extend(members.texts("TagKeys")?.into_iter().map(|key| (key, None)));
    if tags.len() > MOST_TAGS {
        return Err(Error::validation(format!("Number of tags exceeds the limit of {MOST_TAGS}")));
    }
    Ok(tags)
}

/// A table has no more.
const MOST_TAGS: usize = 50;

const CREATE_TABLE: Kind = Kind {
    operation: "CreateTable",
    action: "dynamodb:CreateTable",
    writes: true,
    table: "TableName",
    members: &[
        "TableName",
        "AttributeDefinitions",
        "KeySchema",
        "LocalSecondaryIndexes",
        "GlobalSecondaryIndexes",
        "VectorIndexes",
        "BillingMode",
        "ProvisionedThroughput",
        "StreamSpecification",
        "SSESpecification",
        "Tags",
        "TableClass",
        "DeletionProtectionEnabled",
        "OnDemandThroughput",
    ],
};

const DELETE_TABLE: Kind = Kind {
    operation: "DeleteTable",
    action: "dynamodb:DeleteTable",
    writes: true,
    table: "TableName",
    members: &["TableName"],
};

const DESCRIBE_TABLE: Kind = Kind {
    operation: "DescribeTable",
    action: "dynamodb:DescribeTable",
    writes: false,
    table: "TableName",
    members: &["TableName"],
};

const UPDATE_TABLE: Kind = Kind {
    operation: "UpdateTable",
    action: "dynamodb:UpdateTable",
    writes: true,
    table: "TableName",
    members: &[
        "TableName",
        "AttributeDefinitions",
        "BillingMode",
        "ProvisionedThroughput",
        "GlobalSecondaryIndexUpdates",
        "VectorIndexUpdates",
        "StreamSpecification",
        "TableClass",
        "DeletionProtectionEnabled",
        "OnDemandThroughput",
    ],
};

const DESCRIBE_CONTINUOUS_BACKUPS: Kind = Kind {
    operation: "DescribeContinuousBackups",
    action: "dynamodb:DescribeContinuousBackups",
    writes: false,
    table: "TableName",
    members: &["TableName"],
};

const UPDATE_TIME_TO_LIVE: Kind = Kind {
    operation: "UpdateTimeToLive",
    action: "dynamodb:UpdateTimeToLive",
    writes: true,
    table: "TableName",
    members: &["TableName", "TimeToLiveSpecification"],
};

const DESCRIBE_TIME_TO_LIVE: Kind = Kind {
    operation: "DescribeTimeToLive",
    action: "dynamodb:DescribeTimeToLive",
    writes: false,
    table: "TableName",
    members: &["TableName"],
};

const TAG_RESOURCE: Kind = Kind {
    operation: "TagResource",
    action: "dynamodb:TagResource",
    writes: true,
    table: "ResourceArn",
    members: &["ResourceArn", "Tags"],
};

const UNTAG_RESOURCE: Kind = Kind {
    operation: "UntagResource",
    action: "dynamodb:UntagResource",
    writes: true,
    table: "ResourceArn",
    members: &["ResourceArn", "TagKeys"],
};

const LIST_TAGS_OF_RESOURCE: Kind = Kind {
    operation: "ListTagsOfResource",
    action: "dynamodb:ListTagsOfResource",
    writes: false,
    table: "ResourceArn",
    members: &["ResourceArn", "NextToken"],
};
