//! An engine that counts what it is asked for, and is told of settings.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::Method;
use operation::Host;
use s3::backend::{
    At, Backend, Chosen, Clearance, Composition, Deleted, Expected, Found, Headers, Made, Object, Page, Part, Query,
    Setting, Sought, Span, Upload, Versioned, Wish,
};
use s3::conditions::Precondition;
use s3::incoming::Incoming;
use s3::{Error, S3};
use server::testing::TestServer;
use store::records::buckets::{Bucket, Versioning};

use super::{delete, put, refusal, user};

/// It has no objects.
struct Watched {
    host: Arc<Host>,
    asked: AtomicUsize,
    told: Mutex<Vec<Versioning>>,
}

#[async_trait]
impl Backend for Watched {
    async fn find(&self, _: At<'_>, _: &Wish<'_>) -> Result<Option<Sought>, Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(None)
    }

    fn is_version_id(&self, _: &Bucket, _: &str) -> bool {
        true
    }

    async fn create(&self, _: &mut Bucket) -> Result<(), Error> {
        Ok(())
    }

    /// While it is told, somebody else changes the bucket.
    async fn configure(&self, bucket: &Bucket, _: Setting) -> Result<(), Error> {
        self.told.lock().unwrap().push(bucket.versioning);
        let now = self.host.configuration.get::<Bucket>(&bucket.name).await.unwrap().unwrap();
        if now.cors.is_none() {
            let mut batch = self.host.configuration.batch();
            batch.replace(&now, &Bucket { cors: Some("[]".into()), ..Bucket::clone(&now) }).unwrap();
            self.host.configuration.commit(batch).await.unwrap();
        }
        Ok(())
    }

    async fn read(&self, _: At<'_>, _: &Found, _: Range<u64>) -> Result<wire::Stream, Error> {
        unreachable!()
    }

    async fn span(&self, _: At<'_>, _: &Found, _: u16) -> Result<Option<Span>, Error> {
        unreachable!()
    }

    async fn composition(&self, _: At<'_>, _: &Found, _: u16, _: usize) -> Result<Option<Composition>, Error> {
        unreachable!()
    }

    async fn put(&self, _: At<'_>, _: Headers, _: &Precondition, _: Incoming) -> Result<Made, Error> {
        unreachable!()
    }

    async fn copy(&self, _: (At<'_>, &Found), _: At<'_>, _: Headers, _: &Precondition) -> Result<Made, Error> {
        unreachable!()
    }

    async fn delete(&self, _: At<'_>, _: Option<&str>, _: &Precondition) -> Result<Deleted, Error> {
        unreachable!()
    }

    async fn set_tags(&self, _: At<'_>, _: &Found, _: BTreeMap<String, String>) -> Result<(), Error> {
        unreachable!()
    }

    async fn list(&self, _: &Bucket, _: &Query<'_>) -> Result<Page<Object>, Error> {
        unreachable!()
    }

    async fn versions(&self, _: &Bucket, _: &Query<'_>, _: Option<&str>) -> Result<Page<Versioned>, Error> {
        unreachable!()
    }

    async fn clear(&self, _: &Bucket) -> Result<Option<Clearance>, Error> {
        unreachable!()
    }

    async fn begin(&self, _: At<'_>, _: Upload) -> Result<String, Error> {
        unreachable!()
    }

    async fn upload(&self, _: At<'_>, _: &str) -> Result<Option<Upload>, Error> {
        unreachable!()
    }

    async fn put_part(&self, _: At<'_>, _: &str, _: u16, _: Incoming) -> Result<Part, Error> {
        unreachable!()
    }

    async fn copy_part(&self, _: (At<'_>, &Found), _: Range<u64>, _: At<'_>, _: &str, _: u16) -> Result<Part, Error> {
        unreachable!()
    }

    async fn parts(&self, _: At<'_>, _: &str, _: u16, _: usize) -> Result<Vec<Part>, Error> {
        unreachable!()
    }

    async fn complete(&self, _: At<'_>, _: &str, _: &[Chosen], _: &Precondition, _: &Expected) -> Result<Made, Error> {
        unreachable!()
    }

    async fn abort(&self, _: At<'_>, _: &str) -> Result<(), Error> {
        unreachable!()
    }

    async fn uploads(&self, _: &Bucket, _: &Query<'_>, _: Option<&str>) -> Result<Page<Upload>, Error> {
        unreachable!()
    }
}

async fn start() -> (TestServer, Arc<Watched>) {
    let (sender, watched) = std::sync::mpsc::channel();
    let services = |host: &Arc<Host>| {
        let backend = Arc::new(Watched { host: host.clone(), asked: 0.into(), told: Mutex::default() });
        sender.send(backend.clone()).unwrap();
        vec![iam::service(Arc::new(iam::Iam::default())), s3::service(Arc::new(S3 { backend }))]
    };
    let server = TestServer::start_on(services, |_| ()).await;
    assert_eq!(put(&server, "/game", "").await.status, 200);
    (server, watched.recv().unwrap())
}

#[tokio::test]
async fn an_engine_is_not_asked_for_whom_nothing_can_let_in() {
    let (server, watched) = start().await;
    let other = server.other_root().await;
    let ask = async |keys| {
        for (method, target) in [(Method::GET, "/game/k"), (Method::HEAD, "/game/k"), (Method::GET, "/game/k?tagging")]
        {
            assert_eq!(server.s3(method, target, &[], "", keys).await.status, 403);
        }
        watched.asked.swap(0, Ordering::SeqCst)
    };
    assert_eq!((ask(None).await, ask(Some(&other)).await), (0, 0));
    // Whoever belongs to the account may be let in by a policy of theirs, and everybody by the bucket's.
    let ann = user(&server, "ann", r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#).await;
    assert_eq!(ask(Some(&ann)).await, 3);
    assert_eq!(delete(&server, "/game?publicAccessBlock").await.status, 204);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::game/open/*"}]}"#;
    assert_eq!(put(&server, "/game?policy", policy).await.status, 204);
    assert_eq!((ask(None).await, ask(Some(&other)).await), (3, 3));
}

#[tokio::test]
async fn an_engine_is_told_what_holds_where_a_setting_was_not_recorded() {
    let (server, watched) = start().await;
    let on = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    assert_eq!(refusal(&put(&server, "/game?versioning", on).await), (409, "OperationAborted".into()));
    assert_eq!(*watched.told.lock().unwrap(), [Versioning::Enabled, Versioning::Off]);
    assert_eq!(put(&server, "/game?versioning", on).await.status, 200);
    assert_eq!(*watched.told.lock().unwrap(), [Versioning::Enabled, Versioning::Off, Versioning::Enabled]);
}
