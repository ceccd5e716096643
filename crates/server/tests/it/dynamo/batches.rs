//! BatchGetItem and BatchWriteItem.

use serde_json::json;

use super::*;

#[tokio::test]
async fn every_key_of_a_batch_is_decided() {
    let server = start().await;
    let me = player(&server).await;
    let get = |keys: Value| json!({ "RequestItems": { "scores": { "Keys": keys } } });
    assert_eq!(
        outcome(&server, "BatchGetItem", get(json!([key("me", "chess"), key("me", "go")])), &me).await,
        "allowed"
    );
    let mixed = get(json!([key("me", "chess"), key("you", "chess")]));
    assert_eq!(outcome(&server, "BatchGetItem", mixed, &me).await, "AccessDeniedException");
    let put = |whose: &str| json!({ "PutRequest": { "Item": item(whose, "chess") } });
    let delete = |whose: &str| json!({ "DeleteRequest": { "Key": key(whose, "go") } });
    let write = |writes: Value| json!({ "RequestItems": { "scores": writes } });
    assert_eq!(outcome(&server, "BatchWriteItem", write(json!([put("me"), delete("me")])), &me).await, "allowed");
    for writes in [json!([put("me"), delete("you")]), json!([put("you"), delete("me")])] {
        assert_eq!(outcome(&server, "BatchWriteItem", write(writes), &me).await, "AccessDeniedException");
    }
}

#[tokio::test]
async fn each_table_of_a_batch_is_decided() {
    let server = start().await;
    let table = json!({
        "TableName": "others",
        "KeySchema": [{ "AttributeName": "player", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "player", "AttributeType": "S" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    ok(&server, "CreateTable", table).await;
    let one = user(&server, "me", &[own_items(&["scores"])]).await;
    let get = |tables: Value| json!({ "RequestItems": tables });
    let scores = json!({ "Keys": [key("me", "chess")] });
    assert_eq!(outcome(&server, "BatchGetItem", get(json!({ "scores": scores })), &one).await, "allowed");
    let by_arn = json!({ (arn("scores")): scores });
    assert_eq!(outcome(&server, "BatchGetItem", get(by_arn), &one).await, "allowed");
    let both = json!({ "scores": scores, "others": { "Keys": [{ "player": { "S": "me" } }] } });
    assert_eq!(outcome(&server, "BatchGetItem", get(both), &one).await, "AccessDeniedException");
    let twice = json!({ "scores": scores, (arn("scores")): { "Keys": [key("you", "chess")] } });
    assert_eq!(outcome(&server, "BatchGetItem", get(twice), &server.root).await, "ValidationException");
}
