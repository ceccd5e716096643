//! `ExpressionAttributeNames`: what stands behind `#n`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::document::Members;
use crate::error::Error;

/// The placeholders of one request.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Names<'a>(Option<&'a Map<String, Value>>);

impl<'a> Names<'a> {
    /// Those of a request, or of one entry of it.
    pub(crate) fn of(members: Members<'a>) -> Result<Self, Error> {
        Ok(Self(members.map("ExpressionAttributeNames")?))
    }

    /// The attribute behind a placeholder, given without its `#`. The attribute's name is taken whole:
    /// a dot in it is a dot, not a path.
    pub(crate) fn resolve(self, placeholder: &str) -> Result<Cow<'a, str>, Error> {
        let key = format!("#{placeholder}");
        let found = self.0.and_then(|names| names.get(&key));
        match found {
            Some(Value::String(name)) => Ok(Cow::Borrowed(name)),
            Some(_) => Err(Error::Serialization("attribute names must be strings".to_owned())),
            None => Err(Error::validation(format!(
                "An expression attribute name used in the document path is not defined; attribute name: {key}"
            ))),
        }
    }
}
