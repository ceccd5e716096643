//! Statements that allow more than they seem to.

use super::written::Statement;
use super::{Code, Warnings, glob};

pub(super) fn check(statement: &Statement<'_>, warnings: &mut Warnings) {
    if !statement.allow {
        return;
    }
    if let Some(element) = statement.actions.as_ref().filter(|element| element.not) {
        let message = "Allow with `NotAction` allows every action but these, of every service, also of future ones";
        warnings.add(Code::AllowNotAction, element.member.node.place(&element.path), message);
    }
    if let Some(element) = statement.resources.as_ref().filter(|element| element.not) {
        let message = "Allow with `NotResource` allows every resource but these, of every account that lets it";
        warnings.add(Code::AllowNotResource, element.member.node.place(&element.path), message);
    }
    if let Some(who) = statement.principal.as_ref().filter(|who| who.not) {
        let message = "Allow with `NotPrincipal` allows everybody but these, anonymous callers too";
        warnings.add(Code::AllowNotPrincipal, who.member.node.place(&who.path), message);
    }
    pass_role(statement, warnings);
}

fn pass_role(statement: &Statement<'_>, warnings: &mut Warnings) {
    let everywhere = |text: &str| text == "*" || glob::covers(text, "arn:aws:iam::*:role/*");
    let resources = statement.resources.as_ref().filter(|resources| !resources.not);
    let open = resources.is_some_and(|resources| resources.items.iter().any(|item| everywhere(item.text)));
    let limited = statement.tests.iter().any(|test| {
        let key = test.key.to_ascii_lowercase();
        key == "iam:passedtoservice" || key == "iam:associatedresourcearn"
    });
    let Some(actions) = statement.actions.as_ref().filter(|actions| open && !limited && !actions.not) else { return };
    for item in &actions.items {
        let lower = item.text.to_ascii_lowercase();
        if lower == "*" || glob::matches(&lower, "iam:passrole") {
            let message = format!("`{}` passes every role to every service, and with a role all it may do", item.text);
            warnings.add(Code::PassRoleAny, item.place(), message);
        }
    }
}
