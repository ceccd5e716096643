//! What becomes of the datasets of an identity that is merged into another one or deleted, in the very commit that does
//! it.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use vocab::{IdentityId, Random};

use super::{Dataset, SHELF, Shelf, shelf, shelf_key, sweep};
use crate::identities::Step;
use crate::record::encode;
use crate::rows::{Error, Rows, Table, Write};

/// Adds the writes that hand the datasets of merged identities to the survivor, and that leave those of deleted ones to
/// the sweeper.
///
/// Nothing is handed over behind this reading: a dataset that is made or written meanwhile changes a row on whose
/// version one of these writes, or one of the identity's own, depends.
pub(crate) async fn plan(
    rows: &dyn Rows,
    random: &dyn Random,
    steps: &[Step<'_>],
    writes: &mut Vec<Write>,
) -> Result<(), Error> {
    let mut handed = Vec::new();
    let mut discarded = Vec::new();
    for step in steps {
        let (old, is_merged) = match step {
            Step::Delete(old) => (old, false),
            Step::Change(old, new) if new.disabled && !old.disabled => (old, true),
            Step::Change(..) | Step::Create(_) => continue,
        };
        let Some(shelf) = shelf(rows, &old.pool, old.id.guid()).await? else { continue };
        writes.push(Write::delete(Table::Dataset, shelf_key(&old.pool, old.id.guid()), shelf.version));
        if is_merged {
            handed.extend(shelf.datasets.iter().map(|dataset| (old.id.clone(), dataset.clone())));
        } else {
            discarded.extend(shelf.datasets.iter().map(|dataset| dataset.id));
        }
    }
    if !handed.is_empty() {
        let survivor = steps.iter().find_map(|step| match step {
            Step::Change(_, new) if !new.disabled => Some(*new),
            Step::Create(new) => Some(*new),
            Step::Change(..) | Step::Delete(_) => None,
        });
        let survivor = survivor.ok_or(Error::Refused("an identity is disabled and none takes over its datasets"))?;
        let old = shelf(rows, &survivor.pool, survivor.id.guid()).await?;
        let mut new =
            old.as_ref().map_or_else(|| Shelf::new(&survivor.pool, &survivor.id), |old| (*old.record).clone());
        handed.into_iter().for_each(|(from, dataset)| take_over(&mut new, &from, dataset));
        discarded.extend(overflow(&mut new));
        let (key, row) = (shelf_key(&survivor.pool, survivor.id.guid()), encode(SHELF, &new, random)?);
        writes.push(match old {
            Some(old) => Write::replace(Table::Dataset, key, old.version, row),
            None => Write::insert(Table::Dataset, key, row),
        });
    }
    if !discarded.is_empty() {
        writes.push(sweep::discard(discarded, random)?);
    }
    Ok(())
}

/// A dataset gets the name `NAME.OLD_IDENTITY_ID`; one that was merged before and still waits keeps its name.
fn take_over(shelf: &mut Shelf, from: &IdentityId, mut dataset: Dataset) {
    let taken = |name: &str| shelf.find(name).is_some();
    let is_waiting = dataset.merged_into.is_some();
    let base = dataset.merged_into.take().unwrap_or_else(|| dataset.name.clone());
    if !is_waiting || taken(&dataset.name) {
        dataset.name = merged_name(&dataset.name, from, taken);
    }
    dataset.merged_into = Some(base);
    shelf.put(dataset);
}

/// Names are at most 128 characters long: a longer one gives its end for a digest of the whole, and so does one that is
/// taken already.
fn merged_name(name: &str, from: &IdentityId, taken: impl Fn(&str) -> bool) -> String {
    let tail = format!(".{from}");
    let room = LONGEST.saturating_sub(tail.len());
    let plain = format!("{name}{tail}");
    if name.len() <= room && !taken(&plain) {
        return plain;
    }
    let mut digest = Sha256::digest(name.as_bytes());
    loop {
        let text: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let kept: String = name.chars().take(room.saturating_sub(text.len() + 1)).collect();
        let short = format!("{kept}-{text}{tail}");
        if !taken(&short) {
            return short;
        }
        digest = Sha256::digest(digest);
    }
}

/// The ids of datasets that are too many: those that wait the longest to be merged by the app, never the identity's
/// own. Nobody is kept from signing in because an app leaves merged datasets lying.
fn overflow(shelf: &mut Shelf) -> Vec<u128> {
    let many = shelf.datasets.len().saturating_sub(MOST);
    let mut waiting: Vec<(vocab::Timestamp, u128)> = shelf
        .datasets
        .iter()
        .filter(|dataset| dataset.merged_into.is_some())
        .map(|dataset| (dataset.modified, dataset.id))
        .collect();
    waiting.sort_unstable();
    let gone: BTreeSet<u128> = waiting.into_iter().take(many).map(|(_, id)| id).collect();
    shelf.datasets.retain(|dataset| !gone.contains(&dataset.id));
    gone.into_iter().collect()
}

const LONGEST: usize = 128;
/// Datasets of one identity: ten times its own twenty.
const MOST: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "us-east-1:12345678-90ab-4cde-8f01-234567890abc";

    #[test]
    fn merged_names_say_where_they_come_from_and_fit() {
        let old: IdentityId = OLD.parse().unwrap();
        assert_eq!(merged_name("prefs", &old, |_| false), format!("prefs.{OLD}"));
        let (one, two) = (format!("{}1", "n".repeat(127)), format!("{}2", "n".repeat(127)));
        let (one, two) = (merged_name(&one, &old, |_| false), merged_name(&two, &old, |_| false));
        assert!(one != two && one.len() <= LONGEST && one.ends_with(OLD) && one.starts_with("nnn"), "{one}");
        let other = merged_name("prefs", &old, |name| name == format!("prefs.{OLD}"));
        assert!(other != format!("prefs.{OLD}") && other.starts_with("prefs-"), "{other}");
        // Whoever makes datasets of both names beforehand loses none.
        let another = merged_name("prefs", &old, |name| name == format!("prefs.{OLD}") || name == other);
        assert!(another != other && another.starts_with("prefs-") && another.ends_with(OLD), "{another}");
    }
}
