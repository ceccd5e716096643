//! The headers that a signature covers, found in one pass over those of the request.

use http::HeaderMap;
use http::header::HeaderValue;

use crate::Error;
use crate::claim::{plain, text};

/// A list of signed headers and their values.
pub(crate) struct SignedHeaders<'a> {
    list: &'a str,
    headers: &'a HeaderMap,
    /// The first of them; few requests sign more.
    slots: [Slot<'a>; SLOTS],
    count: usize,
    /// A header that changes what a request does stands beside the signed ones.
    has_unsigned: bool,
}

#[derive(Clone, Copy, Default)]
struct Slot<'a> {
    name: &'a str,
    value: Option<&'a HeaderValue>,
    /// There are more values.
    more: bool,
}

impl<'a> SignedHeaders<'a> {
    /// Finds the signed headers in a request. Errs where the list is not one of lower-case names in order, without
    /// repetition, as every signer writes it.
    pub(crate) fn of(list: &'a str, headers: &'a HeaderMap) -> Result<Self, Error> {
        let mut slots = [Slot::default(); SLOTS];
        let (mut count, mut in_order, mut before) = (0, true, "");
        for name in list.split(';') {
            in_order &= name > before;
            if let Some(slot) = slots.get_mut(count) {
                slot.name = name;
            }
            count += 1;
            before = name;
        }
        if count > MAX_SIGNED_HEADERS {
            return Err(Error::TooLong { what: "the number of signed headers", limit: MAX_SIGNED_HEADERS });
        }
        let used = slots.get_mut(..count.min(SLOTS)).unwrap_or_default();
        let mut has_unsigned = false;
        for (name, value) in headers {
            let name = name.as_str();
            match used.iter_mut().find(|slot| slot.name == name) {
                Some(slot) if slot.value.is_none() => slot.value = Some(value),
                Some(slot) => slot.more = true,
                None => has_unsigned |= is_amz(name),
            }
        }
        // What was found is a name: the list need be looked at where something was not.
        let all_found = count <= SLOTS && used.iter().all(|slot| slot.value.is_some());
        if !in_order || !(all_found || list.split(';').all(is_name)) {
            return Err(Error::Malformed { what: "SignedHeaders" });
        }
        Ok(Self { list, headers, slots, count, has_unsigned })
    }

    /// The list as it was given.
    pub(crate) fn list(&self) -> &'a str {
        self.list
    }

    /// The text of a signed header that may be there once. `None` where it is not signed.
    pub(crate) fn single(&self, name: &'static str) -> Result<Option<&'a str>, Error> {
        let Some(at) = self.names().position(|signed| signed == name) else { return Ok(None) };
        let found = match self.slots.get(at) {
            Some(Slot { value: Some(value), more: false, .. }) => Some(plain(value, name)?),
            Some(_) | None => text(self.headers, name)?,
        };
        found.ok_or_else(|| Error::SignedHeaderAbsent { name: name.to_owned() }).map(Some)
    }

    /// Hands over each header with its first value and those after it. Errs where one is not in the request.
    pub(crate) fn each(
        &self,
        mut take: impl FnMut(&str, &HeaderValue, &mut dyn Iterator<Item = &HeaderValue>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for (at, name) in self.names().enumerate() {
            let absent = || Error::SignedHeaderAbsent { name: name.to_owned() };
            match self.slots.get(at) {
                Some(Slot { value: Some(value), more: false, .. }) => take(name, value, &mut std::iter::empty())?,
                Some(Slot { value: None, .. }) => return Err(absent()),
                Some(Slot { more: true, .. }) | None => {
                    let mut values = self.headers.get_all(name).iter();
                    take(name, values.next().ok_or_else(absent)?, &mut values)?;
                }
            }
        }
        Ok(())
    }

    fn names(&self) -> impl Iterator<Item = &'a str> {
        let slots = self.slots.iter().take(self.count).map(|slot| slot.name);
        // A list is split once more only where it is longer than usual.
        let others = if self.count > SLOTS { Some(self.list.split(';').skip(SLOTS)) } else { None };
        slots.chain(others.into_iter().flatten())
    }

    /// The headers that change what a request does and are not signed.
    pub(crate) fn unsigned(&self) -> impl Iterator<Item = &'a str> {
        let names = if self.has_unsigned { Some(self.headers.keys()) } else { None };
        let names = names.into_iter().flatten().map(http::HeaderName::as_str);
        names.filter(|name| is_amz(name) && !self.names().any(|signed| signed == *name))
    }
}

fn is_amz(name: &str) -> bool {
    name.starts_with("x-amz-")
}

fn is_name(name: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && !b",:=\"/\\".contains(&byte);
    !name.is_empty() && name.bytes().all(token)
}

const SLOTS: usize = 16;
const MAX_SIGNED_HEADERS: usize = 100;

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    #[test]
    fn every_header_is_found_however_many_there_are() {
        for count in [1, SLOTS - 1, SLOTS, SLOTS + 1, MAX_SIGNED_HEADERS] {
            let names: Vec<String> = (0..count).map(|at| format!("x-amz-{at:03}")).collect();
            let list = names.join(";");
            let mut headers = HeaderMap::new();
            for name in names.iter().rev().chain(&names) {
                headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(name).unwrap());
            }
            let signed = SignedHeaders::of(&list, &headers).unwrap();
            let mut found = Vec::new();
            let taken = signed.each(|name, first, more| {
                assert_eq!(more.count(), 1, "{name}");
                found.push((name.to_owned(), first.clone()));
                Ok(())
            });
            assert_eq!(taken, Ok(()));
            assert_eq!(found.len(), count);
            assert!(found.iter().all(|(name, value)| name == value));
            assert_eq!(signed.unsigned().count(), 0);

            headers.insert("x-amz-more", HeaderValue::from_static(""));
            let signed = SignedHeaders::of(&list, &headers).unwrap();
            assert_eq!(signed.unsigned().collect::<Vec<_>>(), ["x-amz-more"]);

            let last = names.last().unwrap();
            headers.remove(last);
            let signed = SignedHeaders::of(&list, &headers).unwrap();
            let absent = Error::SignedHeaderAbsent { name: last.clone() };
            assert_eq!(signed.each(|_, _, _| Ok(())), Err(absent));
        }
    }

    #[test]
    fn lists_have_one_spelling() {
        let headers = HeaderMap::new();
        let malformed = |list: &str| SignedHeaders::of(list, &headers).err();
        for list in ["", "Host", "host;", ";host", "host;host", "x;host", "ho st", "ho,st", "h\u{e9}", "a;;b", "a:b"] {
            assert_eq!(malformed(list), Some(Error::Malformed { what: "SignedHeaders" }), "{list}");
        }
        assert!(malformed("a;b;x-amz-date").is_none());
        assert!(matches!(malformed(&"a;".repeat(101)), Some(Error::TooLong { .. })));
    }
}
