//! Constraints that several operations share (`spec/cognito-sync.md`, section 3).

use operation::Violations;
use operation::check::word;

use crate::Error;

/// A pool id in form.
pub fn pool_id(violations: &mut Violations, id: &str) {
    scoped_id(violations, "identityPoolId", id);
}

/// Pool id and identity id in form.
pub fn ids(violations: &mut Violations, pool: &str, identity: &str) {
    pool_id(violations, pool);
    scoped_id(violations, "identityId", identity);
}

/// The name of a dataset.
pub fn dataset_name(violations: &mut Violations, name: &str) {
    let shaped = |c: char| word(c) || ".:-".contains(c);
    violations.length("datasetName", name, 1, 128).pattern("datasetName", name, "[a-zA-Z0-9_.:-]+", shaped);
}

/// The id of a device.
pub fn device_id(violations: &mut Violations, id: &str) {
    violations.length("deviceId", id, 1, 256);
}

/// How many are asked for: no more than `most` come in a page, however many that is.
pub fn page_size(asked: Option<i64>, most: usize) -> Result<usize, Error> {
    match asked {
        None => Ok(most),
        Some(asked) if asked < 1 => {
            let mut violations = Violations::new();
            violations.range("maxResults", asked, 1, i64::MAX);
            violations.finish()?;
            Ok(most)
        }
        Some(asked) => Ok(usize::try_from(asked).unwrap_or(most).min(most)),
    }
}

fn scoped_id(violations: &mut Violations, path: &str, id: &str) {
    let shaped = id.rsplit_once(':').is_some_and(|(region, rest)| {
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c) || c == '-';
        !region.is_empty() && region.chars().all(|c| word(c) || c == '-') && !rest.is_empty() && rest.chars().all(hex)
    });
    violations.length(path, id, 1, 55).satisfies(path, id, "[\\w-]+:[0-9a-f-]+", shaped);
}
