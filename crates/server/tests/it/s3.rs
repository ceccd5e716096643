//! Amazon S3.

mod bodies;
mod bucket_settings;
mod bucket_tagging;
mod buckets;
mod copy_object;
mod cors;
mod delete_objects;
mod engine;
mod get_object;
mod get_object_attributes;
mod lifecycle;
mod list_object_versions;
mod list_objects_v2;
mod multipart;
mod object_tagging;
mod object_versions;
mod policies;
mod post_object;
mod public_access_block;
mod put_object;
mod upstreams;
mod versioning;

use std::sync::Arc;

use http::Method;
use operation::{Host, Service};
use server::testing::{Answer, Keys, TestServer};
use vocab::Secret;

pub fn services(host: &Arc<Host>) -> Vec<Service> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap().keep();
    let iam = Arc::new(iam::Iam::default());
    vec![iam::service(iam), s3::service(s3::S3::embedded(&folder.join("objects"), host).unwrap())]
}

/// A server with the bucket `game`.
async fn start() -> TestServer {
    let server = TestServer::start(services).await;
    assert_eq!(put(&server, "/game", "").await.status, 200);
    server
}

async fn ask(server: &TestServer, method: Method, target: &str) -> Answer {
    server.s3(method, target, &[], "", Some(&server.root)).await
}

async fn get(server: &TestServer, target: &str) -> Answer {
    ask(server, Method::GET, target).await
}

async fn get_with(server: &TestServer, target: &str, headers: &[(&str, &str)]) -> Answer {
    server.s3(Method::GET, target, &owned(headers), "", Some(&server.root)).await
}

async fn put(server: &TestServer, target: &str, body: &str) -> Answer {
    put_with(server, target, &[], body).await
}

async fn put_with(server: &TestServer, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    server.s3(Method::PUT, target, &owned(headers), body.to_owned(), Some(&server.root)).await
}

async fn post(server: &TestServer, target: &str, body: &str) -> Answer {
    server.s3(Method::POST, target, &[], body.to_owned(), Some(&server.root)).await
}

async fn delete(server: &TestServer, target: &str) -> Answer {
    ask(server, Method::DELETE, target).await
}

fn owned<'a>(headers: &[(&'a str, &str)]) -> Vec<(&'a str, String)> {
    headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// Status and code of a refusal.
fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code())
}

/// The texts of every element with this name.
fn elements(answer: &Answer, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    answer.text().split(&open).skip(1).filter_map(|rest| rest.split(&close).next()).map(str::to_owned).collect()
}

/// The keys of a user with an inline policy of this statement list.
pub async fn user(server: &TestServer, name: &str, statements: &str) -> Keys {
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    for fields in [
        vec![("Action", "CreateUser")],
        vec![("Action", "PutUserPolicy"), ("PolicyName", "own"), ("PolicyDocument", &policy)],
    ] {
        let fields: Vec<_> = fields.into_iter().chain([("UserName", name)]).collect();
        let answer = server.query("iam", &fields, Some(&server.root)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let made = server.query("iam", &[("Action", "CreateAccessKey"), ("UserName", name)], Some(&server.root)).await;
    Keys { id: made.element("AccessKeyId"), secret: Secret::new(made.element("SecretAccessKey")), token: None }
}

/// A statement that allows actions on a resource.
fn allow(actions: &str, resource: &str) -> String {
    let actions: Vec<String> = actions.split(' ').map(|action| format!("\"s3:{action}\"")).collect();
    format!(r#"{{"Effect":"Allow","Action":[{}],"Resource":"arn:aws:s3:::{resource}"}}"#, actions.join(","))
}
