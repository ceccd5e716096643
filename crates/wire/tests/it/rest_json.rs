use serde::{Deserialize, Serialize};
use vocab::Timestamp;
use wire::rest::{Bind, Content, Route};
use wire::{Fault, Malformed, Protocol};

use crate::asking::{ask, shown};

const SYNC: Protocol = Protocol::RestJson;

const ROUTES: &[Route] = &[
    Route {
        members: &[Bind::Query("MaxResults", "maxResults"), Bind::Query("NextToken", "nextToken")],
        answer: Content::Members(""),
        ..Route::new("ListRecords", "GET", "/identitypools/{PoolId}/identities/{IdentityId}/datasets/{Name}/records")
    },
    Route {
        members: &[Bind::Header("ClientContext", "x-amz-client-context")],
        body: Content::Members(""),
        answer: Content::Members(""),
        ..Route::new("UpdateRecords", "POST", "/identitypools/{PoolId}/identities/{IdentityId}/datasets/{Name}")
    },
    Route::new("ListPools", "GET", "/identitypools"),
];

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Records {
    pool_id: String,
    identity_id: String,
    name: String,
    max_results: Option<u32>,
    next_token: Option<String>,
    client_context: Option<String>,
    sync_session_token: Option<String>,
    counts: Vec<u64>,
}

#[test]
fn labels_are_decoded_once_and_queries_coerced() {
    let asked = ask("GET /identitypools/us-east-1%3Aa/identities/us-east-1:b/datasets/d%252F/records?maxResults=5&x=y");
    let (operation, input): (_, Records) = asked.read(&SYNC, ROUTES).unwrap();
    assert_eq!(operation, "ListRecords");
    let wanted = Records {
        pool_id: "us-east-1:a".to_owned(),
        identity_id: "us-east-1:b".to_owned(),
        name: "d%2F".to_owned(),
        max_results: Some(5),
        ..Records::default()
    };
    assert_eq!(input, wanted);
}

#[test]
fn a_document_cannot_give_what_path_and_headers_give() {
    let asked = ask("POST /identitypools/p/identities/i/datasets/d")
        .body(r#"{"IdentityId":"other","ClientContext":"forged","SyncSessionToken":"t","Counts":[1,2]}"#);
    let (_, input): (_, Records) = asked.read(&SYNC, ROUTES).unwrap();
    assert_eq!(input.identity_id, "i");
    assert_eq!(input.client_context, None);
    assert_eq!(input.sync_session_token.as_deref(), Some("t"));
    assert_eq!(input.counts, [1, 2]);
}

#[test]
fn broken_documents_and_parameters_are_told_apart() {
    let line = "POST /identitypools/p/identities/i/datasets/d";
    for (body, document) in [("{", true), ("[]", true), (r#"{"Counts":["1"]}"#, true), ("{}", false)] {
        let read: Result<(String, Records), _> = ask(line).body(body).read(&SYNC, ROUTES);
        assert_eq!(matches!(read, Err(Malformed::Document(_))), document, "{body}: {read:?}");
    }
    let asked = ask("GET /identitypools/p/identities/i/datasets/d/records?maxResults=many");
    let read: Result<(String, Records), _> = asked.read(&SYNC, ROUTES);
    assert!(matches!(read, Err(Malformed::Member { .. })), "{read:?}");
}

#[test]
fn an_output_is_a_document() {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Output {
        count: u32,
        #[serde(with = "wire::times::epoch::option")]
        date: Option<Timestamp>,
        token: Option<String>,
    }
    let output = Output { count: 1, date: Some(Timestamp::from_millis(1_500)), token: None };
    let reply = SYNC.write("ListRecords", "r-1", &output, ROUTES.first()).unwrap();
    assert_eq!(
        shown(reply),
        "200\ncontent-type: application/json\nx-amzn-requestid: r-1\n\n{\"Count\":1,\"Date\":1.5}"
    );
}

#[test]
fn a_fault_has_its_code_in_a_header() {
    let fault = Fault::new("ResourceConflictException", 409, "Current SyncCount for: k is: 1 not: 0");
    assert_eq!(
        shown(SYNC.fault(&fault, "r-1")),
        r#"409
content-type: application/json
x-amzn-errortype: ResourceConflictException:
x-amzn-requestid: r-1

{"__type":"ResourceConflictException","message":"Current SyncCount for: k is: 1 not: 0"}"#
    );
}
