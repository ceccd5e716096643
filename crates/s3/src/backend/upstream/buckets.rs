//! Making, changing and deleting buckets. Their records are ours; what the engine has to know of them
//! is told.

use http::Method;
use serde_json::Value;
use store::records::buckets::{Bucket, Versioning};

use super::Upstream;
use super::exchange::Ask;
use super::tags::escaped;
use crate::Error;
use crate::backend::{At, Clearance, Entry, Query};

impl Upstream {
    /// Makes the bucket, or takes one over that is there: an empty one, or one that the settings name.
    pub(super) async fn create_bucket(&self, bucket: &mut Bucket) -> Result<(), Error> {
        bucket.engine = Some(self.server.name().to_owned());
        if !self.exists(bucket).await? {
            return self.make_bucket(bucket).await;
        }
        bucket.versioning = self.versioning(bucket).await?;
        let may_adopt = self.traits.adopts.iter().any(|name| name == "*" || *name == bucket.name);
        if may_adopt || self.is_empty(bucket).await? { Ok(()) } else { Err(Error::BucketAlreadyExists) }
    }

    async fn exists(&self, bucket: &Bucket) -> Result<bool, Error> {
        let answer = self.ask(Ask::bucket(Method::HEAD, bucket)).await?;
        match answer.status.as_u16() {
            200..=299 => Ok(true),
            404 => Ok(false),
            // Somebody else's.
            403 | 301 => Err(Error::BucketAlreadyExists),
            _ => {
                let about = Ask::bucket(Method::HEAD, bucket).about();
                Err(self.refusal(answer, &about).await)
            }
        }
    }

    async fn make_bucket(&self, bucket: &Bucket) -> Result<(), Error> {
        let mut ask = Ask::bucket(Method::PUT, bucket);
        if let Some(location) = &self.traits.location {
            let location = escaped(location);
            ask = ask.document(format!(
                "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>\
                 {location}</LocationConstraint></CreateBucketConfiguration>"
            ))?;
        }
        self.carry_out(ask).await.map(drop)
    }

    async fn versioning(&self, bucket: &Bucket) -> Result<Versioning, Error> {
        let (_, root) = self.document(Ask::bucket(Method::GET, bucket).flag("versioning")).await?;
        match root.text_of("Status") {
            Some("Enabled") => Ok(Versioning::Enabled),
            Some("Suspended") => Ok(Versioning::Suspended),
            None | Some("" | "Off") => Ok(Versioning::Off),
            Some(_) => Err(self.nonsense("a versioning that there is not")),
        }
    }

    async fn is_empty(&self, bucket: &Bucket) -> Result<bool, Error> {
        let query = Query { prefix: "", delimiter: None, after: None, limit: 1 };
        Ok(match bucket.versioning {
            Versioning::Off => self.list_objects(bucket, &query).await?.entries.is_empty(),
            Versioning::Enabled | Versioning::Suspended => {
                self.list_versions(bucket, &query, None).await?.entries.is_empty()
            }
        })
    }

    pub(super) async fn set_versioning(&self, bucket: &Bucket) -> Result<(), Error> {
        let status = match bucket.versioning {
            // No engine goes back.
            Versioning::Off => return Err(Error::internal("versioning cannot be taken back")),
            Versioning::Enabled => "Enabled",
            Versioning::Suspended => "Suspended",
        };
        let mut ask = Ask::bucket(Method::PUT, bucket).flag("versioning").document(format!(
            "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>{status}</Status>\
             </VersioningConfiguration>"
        ))?;
        ask.repeats = true;
        self.carry_out(ask).await.map(drop)
    }

    /// The engine carries the rules out.
    pub(super) async fn set_lifecycle(&self, bucket: &Bucket) -> Result<(), Error> {
        let mut ask = match &bucket.lifecycle {
            None => Ask::bucket(Method::DELETE, bucket).flag("lifecycle"),
            Some(rules) => {
                let rules = serde_json::from_str(rules).map_err(Error::internal)?;
                let mut document = String::from("<LifecycleConfiguration>");
                add_element(&mut document, "Rule", &rules);
                document.push_str("</LifecycleConfiguration>");
                Ask::bucket(Method::PUT, bucket).flag("lifecycle").document(document)?
            }
        };
        ask.repeats = true;
        match self.carry_out(ask).await {
            // Some engines say so of what is gone.
            Err(Error::Engine(refused)) if refused.code == "NoSuchLifecycleConfiguration" => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// The engine deletes the bucket, which it does only if that is empty; should the record stay after
    /// all, the bucket is made again.
    pub(super) async fn clear_bucket(&self, bucket: &Bucket) -> Result<Option<Clearance>, Error> {
        match self.is_empty(bucket).await {
            Ok(true) => self.abort_uploads(bucket).await?,
            Ok(false) => return Ok(None),
            // It went before a crash or a failure, and its record stayed.
            Err(Error::NoSuchBucket(_)) => {}
            Err(error) => return Err(error),
        }
        match self.carry_out(Ask::bucket(Method::DELETE, bucket)).await {
            Ok(_) | Err(Error::NoSuchBucket(_)) => {}
            Err(Error::BucketNotEmpty) => return Ok(None),
            Err(error) => return Err(error),
        }
        let (again, bucket) = (self.clone(), bucket.clone());
        let reopen = move || {
            tokio::spawn(async move {
                // The record says that it is there; a request that finds it missing says so.
                let made = again.make_bucket(&bucket).await;
                if made.is_ok() && bucket.versioning != Versioning::Off {
                    let _ = again.set_versioning(&bucket).await;
                }
                if made.is_ok() && bucket.lifecycle.is_some() {
                    let _ = again.set_lifecycle(&bucket).await;
                }
            });
        };
        Ok(Some(Clearance::new(reopen)))
    }

    async fn abort_uploads(&self, bucket: &Bucket) -> Result<(), Error> {
        let query = Query { prefix: "", delimiter: None, after: None, limit: 1000 };
        for _ in 0..MOST_PAGES {
            let page = self.list_uploads(bucket, &query, None).await?;
            for entry in &page.entries {
                let Entry::Key(key, upload) = entry else { continue };
                match self.abort_upload(At { bucket, key }, &upload.id).await {
                    // Another was faster.
                    Ok(()) | Err(Error::NoSuchUpload(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            if !page.truncated {
                return Ok(());
            }
        }
        Err(self.nonsense("uploads without an end"))
    }
}

/// Of uploads that are aborted with their bucket.
const MOST_PAGES: usize = 1000;

/// Writes what is kept in its wire shape: members become elements, a list one for each entry.
fn add_element(out: &mut String, name: &str, value: &Value) {
    let mut add = |content: String| out.push_str(&format!("<{name}>{content}</{name}>"));
    match value {
        Value::Null => {}
        Value::Bool(truth) => add(truth.to_string()),
        Value::Number(number) => add(number.to_string()),
        Value::String(text) => add(escaped(text)),
        Value::Array(entries) => entries.iter().for_each(|entry| add_element(out, name, entry)),
        Value::Object(members) => {
            let mut content = String::new();
            members.iter().for_each(|(name, value)| add_element(&mut content, name, value));
            add(content);
        }
    }
}
