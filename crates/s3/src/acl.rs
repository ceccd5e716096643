//! Access control lists: off, so that every list says the same.

use std::collections::BTreeMap;

use policy::Context;
use serde::{Deserialize, Serialize};
use vocab::AccountId;
use wire::rest::{Bind, Content};

use crate::headers::list_keys;

/// A list as it is answered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    content_type: &'static str,
    document: String,
}

/// Where the header of [`Output`] lives.
pub const OUTPUT: &[Bind] = &[Bind::Header("ContentType", "content-type")];

/// The body of [`Output`].
pub const DOCUMENT: Content = Content::Text("Document");

impl Output {
    /// The owner has all rights, and nobody else has any. The type of a grantee is an attribute, which the writer of
    /// answers does not know; an account id needs no escapes.
    pub fn of(owner: AccountId) -> Self {
        let document = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>{owner}</ID></Owner>\
             <AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:type=\"CanonicalUser\"><ID>{owner}</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>\
             </AccessControlList></AccessControlPolicy>"
        );
        Self { content_type: "application/xml", document }
    }
}

/// The headers by which a list may be given.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Asked {
    acl: Option<String>,
    /// The `x-amz-grant-` headers.
    grants: BTreeMap<String, String>,
}

/// Where the headers of [`Asked`] live.
pub const ASKED: [Bind; 2] = [Bind::Header("Acl", "x-amz-acl"), Bind::Headers("Grants", "x-amz-grant-")];

impl Asked {
    /// The condition keys of a list.
    pub fn keys(&self) -> Context {
        let mut keys = Context::new();
        list_keys(&mut keys, self.acl.as_deref(), &self.grants);
        keys
    }
}
