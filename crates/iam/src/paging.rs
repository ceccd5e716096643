//! Pages of lists. Markers are sealed: they open for the operation and account they were made for.

use operation::Call;
use operation::keyring::{Error as Unsealed, Purpose};

use crate::{Error, Iam};

/// Which page is asked for.
pub struct Page {
    pub(crate) marker: Option<String>,
    pub(crate) most: usize,
}

/// One page.
pub struct Paged<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Whether more follows.
    pub is_truncated: bool,
    /// Where it follows.
    pub marker: Option<String>,
}

impl Page {
    /// The same page with `most` items at most: IAM may always answer with fewer than asked for.
    pub fn at_most(self, most: usize) -> Self {
        Self { most: self.most.min(most), ..self }
    }

    /// This page of `items`, which come with their keys, in order of them.
    pub async fn of<T>(
        self,
        call: &Call<Iam>,
        operation: &str,
        items: impl IntoIterator<Item = (String, T)>,
    ) -> Result<Paged<T>, Error> {
        let holder = format!("iam:{operation}:{}", call.place.account);
        let after = match &self.marker {
            Some(marker) => Some(open(call, &holder, marker).await?),
            None => None,
        };
        let mut rest = items.into_iter().skip_while(|(key, _)| after.as_ref().is_some_and(|after| key <= after));
        let mut last = None;
        let mut page = Vec::new();
        for (key, item) in rest.by_ref().take(self.most) {
            last = Some(key);
            page.push(item);
        }
        let is_truncated = rest.next().is_some();
        let marker = match last.filter(|_| is_truncated) {
            Some(last) => Some(call.host.keyring.seal(Purpose::Page, &holder, last.as_bytes())?),
            None => None,
        };
        Ok(Paged { items: page, is_truncated, marker })
    }

    /// This page of a short list that one record holds: its keys are places in the list.
    pub async fn of_places<T>(
        self,
        call: &Call<Iam>,
        operation: &str,
        items: impl IntoIterator<Item = T>,
    ) -> Result<Paged<T>, Error> {
        let places = items.into_iter().enumerate().map(|(place, item)| (format!("{place:06}"), item));
        self.of(call, operation, places).await
    }
}

async fn open(call: &Call<Iam>, holder: &str, marker: &str) -> Result<String, Error> {
    let invalid = || Error::Validation("Invalid Marker.".into());
    let key = call.host.keyring.open(Purpose::Page, holder, marker).await.map_err(|error| match error {
        Unsealed::NotOurs => invalid(),
        other => other.into(),
    })?;
    String::from_utf8(key.to_vec()).map_err(|_| invalid())
}
