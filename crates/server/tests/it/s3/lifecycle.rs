//! PutBucketLifecycleConfiguration, GetBucketLifecycleConfiguration, DeleteBucketLifecycle, and what they end.

use std::sync::Arc;
use std::time::Duration;

use s3::S3;
use server::testing::TestServer;
use store::records::buckets::Bucket;

use super::{delete, elements, get, post, put, put_with, refusal};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A server with the bucket `game`, and its state, to look through the buckets when the test wants it.
async fn start() -> (TestServer, Arc<S3>) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap().keep();
    let (sender, state) = std::sync::mpsc::channel();
    let services = |host: &Arc<operation::Host>| {
        let state = S3::embedded(&folder.join("objects"), host).unwrap();
        sender.send(state.clone()).unwrap();
        vec![s3::service(state)]
    };
    let server = TestServer::start_on(services, |_| ()).await;
    assert_eq!(put(&server, "/game", "").await.status, 200);
    (server, state.recv().unwrap())
}

fn rules(rules: &str) -> String {
    format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>")
}

fn rule(inside: &str) -> String {
    rules(&format!("<Rule><Status>Enabled</Status>{inside}</Rule>"))
}

const DAYS: &str = "<Expiration><Days>2</Days></Expiration>";

async fn keys(server: &TestServer) -> Vec<String> {
    elements(&get(server, "/game?list-type=2").await, "Key")
}

#[tokio::test]
async fn rules_are_kept_and_forgotten() {
    let (server, _) = start().await;
    assert_eq!(refusal(&get(&server, "/game?lifecycle").await), (404, "NoSuchLifecycleConfiguration".into()));
    let both = rules(&format!(
        "<Rule><ID>one</ID><Filter><And><Prefix>logs/</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And></Filter>\
         <Status>Enabled</Status>{DAYS}</Rule>\
         <Rule><Filter/><Status>Disabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation>\
         </AbortIncompleteMultipartUpload></Rule>"
    ));
    let said = put(&server, "/game?lifecycle", &both).await;
    let minimum = said.headers["x-amz-transition-default-minimum-object-size"].to_str().unwrap();
    assert_eq!((said.status, minimum), (200, "all_storage_classes_128K"));
    let kept = get(&server, "/game?lifecycle").await;
    let first = "<Rule><ID>one</ID><Filter><And><Prefix>logs/</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And>\
                 </Filter><Status>Enabled</Status><Expiration><Days>2</Days></Expiration></Rule>";
    assert!(kept.text().contains(first), "{}", kept.text());
    assert!(kept.text().contains("<Filter/>"), "{}", kept.text());
    let ids = elements(&kept, "ID");
    assert_eq!((ids.len(), ids[1].len()), (2, 32), "a rule without a name gets one");
    assert_eq!(delete(&server, "/game?lifecycle").await.status, 204);
    assert_eq!(refusal(&get(&server, "/game?lifecycle").await), (404, "NoSuchLifecycleConfiguration".into()));
}

#[tokio::test]
async fn rules_that_cannot_be_are_refused() {
    let (server, _) = start().await;
    let filtered = |inside: &str| rule(&format!("<Filter/>{inside}"));
    let tagged = "<Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter>";
    for (document, code) in [
        (rules(""), "MalformedXML"),
        (rule(DAYS), "MalformedXML"),
        (rule(&format!("<Filter/><Prefix/>{DAYS}")), "MalformedXML"),
        (filtered(""), "InvalidRequest"),
        (filtered(DAYS).replace("Enabled", "On"), "MalformedXML"),
        (filtered(DAYS).replace(">2<", ">0<"), "InvalidArgument"),
        (filtered("<Expiration/>"), "MalformedXML"),
        (filtered("<Expiration><Days>1</Days><Date>2026-01-01T00:00:00Z</Date></Expiration>"), "MalformedXML"),
        (filtered("<Expiration><Date>2026-01-01T00:00:01Z</Date></Expiration>"), "InvalidArgument"),
        (filtered("<Expiration><Date>tomorrow</Date></Expiration>"), "MalformedXML"),
        (filtered("<Expiration><Hours>1</Hours></Expiration>"), "MalformedXML"),
        (filtered("<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>"), "NotImplemented"),
        (filtered("<NoncurrentVersionExpiration/>"), "MalformedXML"),
        (
            rule(&format!(
                "{tagged}<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"
            )),
            "InvalidRequest",
        ),
        (
            rule(&format!(
                "{tagged}<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation>\
                 </AbortIncompleteMultipartUpload>"
            )),
            "InvalidRequest",
        ),
        (
            rule(&format!("<Filter><Prefix>a</Prefix><ObjectSizeLessThan>1</ObjectSizeLessThan></Filter>{DAYS}")),
            "MalformedXML",
        ),
        (rule(&format!("<Filter><And><Prefix>a</Prefix></And></Filter>{DAYS}")), "MalformedXML"),
        (
            rule(&format!(
                "<Filter><And><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><ObjectSizeLessThan>5</ObjectSizeLessThan>\
                 </And></Filter>{DAYS}"
            )),
            "InvalidRequest",
        ),
        (
            rules(&format!("<Rule><ID>a</ID><Filter/><Status>Enabled</Status>{DAYS}</Rule>").repeat(2)),
            "InvalidArgument",
        ),
        (rule(&format!("<Filter><Prefix>{}</Prefix></Filter>{DAYS}", "p".repeat(1025))), "InvalidRequest"),
        (
            rules(
                &format!(
                    "<Rule><Filter><Prefix>{}</Prefix></Filter><Status>Enabled</Status>{DAYS}</Rule>",
                    "p".repeat(400)
                )
                .repeat(600),
            ),
            "InvalidRequest",
        ),
    ] {
        assert_eq!(put(&server, "/game?lifecycle", &document).await.code(), code, "{document}");
    }
    assert_eq!(get(&server, "/game?lifecycle").await.status, 404);
    let many =
        format!("<Rule><Filter><Prefix>{}</Prefix></Filter><Status>Enabled</Status>{DAYS}</Rule>", "p".repeat(50))
            .repeat(1000);
    assert_eq!(put(&server, "/game?lifecycle", &rules(&many)).await.status, 200);
}

#[tokio::test]
async fn objects_end_at_the_midnight_after_their_days_and_no_others() {
    let (server, state) = start().await;
    let and = "<Filter><And><Prefix>logs/</Prefix><Tag><Key>keep</Key><Value>no</Value></Tag>\
               <ObjectSizeGreaterThan>2</ObjectSizeGreaterThan></And></Filter>";
    assert_eq!(put(&server, "/game?lifecycle", &rule(&format!("{and}{DAYS}"))).await.status, 200);
    let no = [("x-amz-tagging", "keep=no")];
    for key in ["logs/a", "other"] {
        put_with(&server, &format!("/game/{key}"), &no, "long enough").await;
    }
    put_with(&server, "/game/logs/short", &no, "xy").await;
    put_with(&server, "/game/logs/tagged", &[("x-amz-tagging", "keep=yes")], "long enough").await;
    let all = ["logs/a", "logs/short", "logs/tagged", "other"];
    // The clock stands at noon: two days and a half must pass.
    server.clock.advance(DAY * 2 + DAY / 2 - Duration::from_millis(1));
    assert_eq!(
        (s3::expiry::pass(&state, &server.host).await.unwrap(), keys(&server).await),
        (0, all.map(str::to_owned).into())
    );
    server.clock.advance(Duration::from_millis(1));
    assert_eq!(s3::expiry::pass(&state, &server.host).await.unwrap(), 1);
    assert_eq!(keys(&server).await, all[1..]);
}

#[tokio::test]
async fn a_date_ends_all_and_a_rule_that_is_off_ends_nothing() {
    let (server, state) = start().await;
    put(&server, "/game/k", "x").await;
    let date = |day: &str| rule(&format!("<Prefix/><Expiration><Date>{day}T00:00:00Z</Date></Expiration>"));
    for (document, left) in [
        (date("2026-01-03"), 1),
        (date("2026-01-02").replace("Enabled", "Disabled"), 1),
        (date("2026-01-02").replace("<Prefix/>", "<Prefix>kk</Prefix>"), 1),
        (date("2026-01-02"), 0),
    ] {
        assert_eq!(put(&server, "/game?lifecycle", &document).await.status, 200, "{document}");
        s3::expiry::pass(&state, &server.host).await.unwrap();
        assert_eq!(keys(&server).await.len(), left, "{document}");
    }
}

#[tokio::test]
async fn unfinished_uploads_end() {
    let (server, state) = start().await;
    let days = "<Filter><Prefix>up/</Prefix></Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>1\
                </DaysAfterInitiation></AbortIncompleteMultipartUpload>";
    assert_eq!(put(&server, "/game?lifecycle", &rule(days)).await.status, 200);
    for key in ["up/a", "up/b", "other"] {
        assert_eq!(post(&server, &format!("/game/{key}?uploads"), "").await.status, 200);
    }
    server.clock.advance(DAY + DAY / 2);
    assert_eq!(s3::expiry::pass(&state, &server.host).await.unwrap(), 2);
    assert_eq!(elements(&get(&server, "/game?uploads").await, "Key"), ["other"]);
}

async fn enable_versions(server: &TestServer) {
    let on = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    assert_eq!(put(server, "/game?versioning", on).await.status, 200);
}

async fn put_version(server: &TestServer, body: &str) -> String {
    let made = put(server, "/game/k", body).await;
    made.headers["x-amz-version-id"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn replaced_versions_end_but_for_the_youngest() {
    let (server, state) = start().await;
    enable_versions(&server).await;
    let kept = "<Filter/><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>\
                <NewerNoncurrentVersions>1</NewerNoncurrentVersions></NoncurrentVersionExpiration>";
    assert_eq!(put(&server, "/game?lifecycle", &rule(kept)).await.status, 200);
    let mut versions = Vec::new();
    for body in ["one", "two", "three"] {
        versions.push(put_version(&server, body).await);
        server.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(s3::expiry::pass(&state, &server.host).await.unwrap(), 0);
    server.clock.advance(DAY + DAY / 2);
    assert_eq!(s3::expiry::pass(&state, &server.host).await.unwrap(), 1);
    let mut left = Vec::new();
    for version in &versions {
        left.push(get(&server, &format!("/game/k?versionId={version}")).await.status);
    }
    assert_eq!((left, get(&server, "/game/k").await.text()), (vec![404, 200, 200], "three"));
}

#[tokio::test]
async fn an_object_with_versions_ends_by_a_marker_which_ends_when_nothing_is_behind_it() {
    let (server, state) = start().await;
    enable_versions(&server).await;
    let both = "<Filter/><Expiration><Days>1</Days></Expiration><NoncurrentVersionExpiration>\
                <NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>";
    assert_eq!(put(&server, "/game?lifecycle", &rule(both)).await.status, 200);
    let version = put_version(&server, "one").await;
    let by_id = format!("/game/k?versionId={version}");
    server.clock.advance(DAY + DAY / 2);
    assert_eq!(s3::expiry::pass(&state, &server.host).await.unwrap(), 1);
    let gone = get(&server, "/game/k").await;
    assert_eq!((gone.status, gone.headers["x-amz-delete-marker"].to_str().unwrap()), (404, "true"));
    assert_eq!(get(&server, &by_id).await.text(), "one");
    assert_eq!(s3::expiry::pass(&state, &server.host).await.unwrap(), 0);
    server.clock.advance(DAY);
    assert_eq!(s3::expiry::pass(&state, &server.host).await.unwrap(), 1, "the version, not the marker before it");
    assert_eq!(get(&server, &by_id).await.status, 404);
    assert_eq!(refusal(&delete(&server, "/game").await), (409, "BucketNotEmpty".into()), "the marker is left");
    assert_eq!(s3::expiry::pass(&state, &server.host).await.unwrap(), 1);
    assert_eq!(delete(&server, "/game").await.status, 204);
}

#[tokio::test]
async fn what_fails_in_one_bucket_keeps_nothing_of_the_others() {
    let (server, state) = start().await;
    let rules = rule(&format!("<Filter/>{DAYS}"));
    for bucket in ["aa-unreadable", "bb-elsewhere", "game"] {
        put(&server, &format!("/{bucket}"), "").await;
        assert_eq!(put(&server, &format!("/{bucket}?lifecycle"), &rules).await.status, 200);
        put(&server, &format!("/{bucket}/k"), "x").await;
    }
    let change = async |name: &str, change: fn(&mut Bucket)| {
        let kept = server.host.configuration.get::<Bucket>(name).await.unwrap().unwrap();
        let mut changed = Bucket::clone(&kept);
        change(&mut changed);
        let mut batch = server.host.configuration.batch();
        batch.replace(&kept, &changed).unwrap();
        server.host.configuration.commit(batch).await.unwrap();
    };
    change("aa-unreadable", |bucket| bucket.lifecycle = Some("rules of a later release".into())).await;
    change("bb-elsewhere", |bucket| bucket.engine = Some("gone".into())).await;
    server.clock.advance(DAY * 3);
    assert_eq!(s3::expiry::pass(&state, &server.host).await.unwrap(), 1);
    assert_eq!(keys(&server).await, [""; 0]);
}
