//! SearchVectors.

use serde_json::json;

use super::*;

#[tokio::test]
async fn the_nearest_come_first_and_the_index_is_decided() {
    let server = TestServer::start(services).await;
    let table = json!({
        "TableName": "pictures",
        "KeySchema": [{ "AttributeName": "name", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "name", "AttributeType": "S" }],
        "BillingMode": "PAY_PER_REQUEST",
        "VectorIndexes": [{
            "IndexName": "by-look",
            "VectorAttribute": { "AttributeName": "look" },
            "Dimensions": 2,
            "DistanceFunction": "EUCLIDEAN",
            "Projection": { "ProjectionType": "ALL" },
        }],
    });
    ok(&server, "CreateTable", table).await;
    for (name, x) in [("far", "9"), ("near", "1"), ("mid", "4")] {
        let item = json!({ "name": { "S": name }, "look": { "L": [{ "N": x }, { "N": "0" }] } });
        ok(&server, "PutItem", json!({ "TableName": "pictures", "Item": item })).await;
    }
    let search = json!({
        "TableName": arn("pictures"), "IndexName": "by-look", "TopK": 2, "SearchVector": [{ "N": "0" }, { "N": "0" }],
    });
    let found = ok(&server, "SearchVectors", search.clone()).await;
    let names: Vec<_> =
        found["SearchResults"].as_array().unwrap().iter().map(|one| &one["Item"]["name"]["S"]).collect();
    assert_eq!(names, ["near", "mid"]);

    let search_on =
        |resource: &str| json!({ "Effect": "Allow", "Action": "dynamodb:SearchVectors", "Resource": arn(resource) });
    for (name, resource, expected) in [
        ("index", "pictures/index/by-look", "allowed"),
        ("table", "pictures", "AccessDeniedException"),
        ("other", "pictures/index/by-name", "AccessDeniedException"),
    ] {
        let keys = user(&server, name, &[search_on(resource)]).await;
        assert_eq!(outcome(&server, "SearchVectors", search.clone(), &keys).await, expected, "{name}");
    }
    for (member, value) in
        [("IndexName", json!("by/look")), ("ProjectionExpression", json!("#absent")), ("Select", json!("COUNT"))]
    {
        let mut bad = search.clone();
        bad[member] = value;
        assert_eq!(outcome(&server, "SearchVectors", bad, &server.root).await, "ValidationException", "{member}");
    }
}
