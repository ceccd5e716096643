//! What each operation of a service may ask the policies for, in one table: it is held against every decision, and the
//! page for operators is made of it.

use crate::access::Need;
use policy::catalogue;

/// One operation.
#[derive(Debug)]
pub struct Row {
    /// Its name.
    pub operation: &'static str,
    /// What it may ask for.
    pub asks: &'static [Ask],
}

/// One action that an operation may ask for.
#[derive(Debug)]
pub struct Ask {
    /// The action, such as `s3:PutObject`.
    pub action: &'static str,
    /// What it is decided on, such as `object`.
    pub on: &'static str,
    /// When it is asked for; empty: always.
    pub when: &'static str,
}

impl Row {
    /// Errs where a need is not in the row: the operation, or the row, is wrong. Builds for tests also hold the
    /// condition keys against those that the action has.
    pub(crate) fn check(&self, need: &Need) -> Result<(), String> {
        let operation = self.operation;
        if !self.asks.iter().any(|ask| ask.action == need.action) {
            return Err(format!("`{operation}` asks for `{}`, which its row does not have", need.action));
        }
        if cfg!(debug_assertions) {
            let action = catalogue::action(&need.action);
            let has =
                |key: &str| action.is_some_and(|action| action.has_key(key)) || catalogue::global_key(key).is_some();
            if let Some((key, _)) = need.context.iter().find(|(key, _)| !has(key)) {
                return Err(format!("`{operation}` asks for `{}` with `{key}`, which that does not have", need.action));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Row = Row { operation: "PutThing", asks: &[Ask { action: "s3:PutObject", on: "object", when: "" }] };

    fn check(action: &'static str, keys: &[&'static str]) -> Result<(), String> {
        let need = Need::on_text(action, "arn:aws:s3:::game/k");
        ROW.check(&keys.iter().fold(need, |need, key| need.with(*key, "x")))
    }

    #[test]
    fn what_is_not_in_the_row_is_refused() {
        assert_eq!(check("s3:PutObject", &["s3:x-amz-acl", "s3:RequestObjectTag/team", "aws:RequestTag/team"]), Ok(()));
        assert!(check("s3:PutObjectAcl", &[]).is_err());
        assert!(check("s3:putobject", &[]).is_err());
        assert!(check("s3:PutObject", &["s3:prefix"]).is_err());
        assert!(check("s3:PutObject", &["s3:x-amz-server-side-encryption-customer-key"]).is_err());
    }
}
