//! A document as the rules look at it: elements with their places.

use crate::condition::Operator;
use crate::places::{Member, Node, Place, step};
use crate::policy::Kind;

pub(super) struct Document<'a> {
    pub(super) kind: Kind,
    /// Whether the version has variables.
    pub(super) variables: bool,
    pub(super) statements: Vec<Statement<'a>>,
}

pub(super) struct Statement<'a> {
    pub(super) path: String,
    pub(super) node: &'a Node,
    pub(super) allow: bool,
    pub(super) actions: Option<Element<'a>>,
    pub(super) resources: Option<Element<'a>>,
    pub(super) principal: Option<Who<'a>>,
    pub(super) tests: Vec<Test<'a>>,
}

/// `Action`, `Resource`, or the Not-form of one.
pub(super) struct Element<'a> {
    pub(super) not: bool,
    pub(super) path: String,
    pub(super) member: &'a Member,
    pub(super) items: Vec<Item<'a>>,
}

/// A text in a list, or alone.
pub(super) struct Item<'a> {
    pub(super) text: &'a str,
    pub(super) path: String,
    node: &'a Node,
}

/// `Principal` or `NotPrincipal`.
pub(super) struct Who<'a> {
    pub(super) not: bool,
    pub(super) path: String,
    pub(super) member: &'a Member,
    /// With the kind, such as `AWS`; a lone `*` is an `AWS` one.
    pub(super) names: Vec<(&'a str, Item<'a>)>,
}

/// One key under one operator.
pub(super) struct Test<'a> {
    pub(super) operator: Operator,
    /// As written.
    pub(super) spelling: &'a str,
    pub(super) key: &'a str,
    pub(super) path: String,
    pub(super) member: &'a Member,
    pub(super) values: Vec<Item<'a>>,
}

impl<'a> Document<'a> {
    pub(super) fn of(root: &'a Node, kind: Kind) -> Self {
        let variables = root.member("Version").and_then(|member| member.node.text()) == Some("2012-10-17");
        let statements = root.member("Statement").map(|member| member.node.items_at("Statement")).unwrap_or_default();
        let statements = statements.into_iter().map(|(path, node)| Statement::of(path, node)).collect();
        Self { kind, variables, statements }
    }
}

impl<'a> Statement<'a> {
    fn of(path: String, node: &'a Node) -> Self {
        Self {
            allow: node.member("Effect").and_then(|member| member.node.text()) == Some("Allow"),
            actions: element(&path, node, ["Action", "NotAction"]),
            resources: element(&path, node, ["Resource", "NotResource"]),
            principal: who(&path, node),
            tests: tests(&path, node),
            path,
            node,
        }
    }

    /// Whether some condition is true only of requests that have the key with a wanted value.
    pub(super) fn pins(&self, key: &str) -> bool {
        self.tests
            .iter()
            .any(|test| test.key.eq_ignore_ascii_case(key) && test.needs_its_key() && !test.operator.negated)
    }
}

impl Item<'_> {
    pub(super) fn place(&self) -> Place {
        self.node.place(&self.path)
    }
}

impl Test<'_> {
    /// The key, as a place.
    pub(super) fn place(&self) -> Place {
        Place { path: self.path.clone(), span: self.member.span.clone() }
    }

    /// Whether the test is false of every request without the key.
    pub(super) fn needs_its_key(&self) -> bool {
        use crate::condition::{Comparison, Quantifier};
        let Operator { quantifier, comparison, negated, if_exists } = self.operator;
        match quantifier {
            Quantifier::Any => comparison != Comparison::Null,
            Quantifier::All => false,
            Quantifier::None if comparison == Comparison::Null => self.wants_presence(),
            Quantifier::None => !negated && !if_exists,
        }
    }

    fn wants_presence(&self) -> bool {
        !self.values.is_empty() && self.values.iter().all(|value| value.text.eq_ignore_ascii_case("false"))
    }
}

fn element<'a>(path: &str, node: &'a Node, names: [&str; 2]) -> Option<Element<'a>> {
    let (not, member) = either(node, names)?;
    let path = step(path, &member.name);
    let items = items(&member.node, &path);
    Some(Element { not, path, member, items })
}

fn items<'a>(node: &'a Node, path: &str) -> Vec<Item<'a>> {
    let item = |(path, node): (String, &'a Node)| Some(Item { text: node.text()?, path, node });
    node.items_at(path).into_iter().filter_map(item).collect()
}

fn who<'a>(path: &str, node: &'a Node) -> Option<Who<'a>> {
    let (not, member) = either(node, ["Principal", "NotPrincipal"])?;
    let path = step(path, &member.name);
    let mut names: Vec<(&str, Item<'_>)> = vec![];
    for kind in member.node.members() {
        let of_kind = items(&kind.node, &step(&path, &kind.name));
        names.extend(of_kind.into_iter().map(|item| (kind.name.as_str(), item)));
    }
    if member.node.text().is_some() {
        names.extend(items(&member.node, &path).into_iter().map(|item| ("AWS", item)));
    }
    Some(Who { not, path, member, names })
}

fn either<'a>(node: &'a Node, [plain, not]: [&str; 2]) -> Option<(bool, &'a Member)> {
    let negated = || node.member(not).map(|member| (true, member));
    node.member(plain).map(|member| (false, member)).or_else(negated)
}

fn tests<'a>(path: &str, node: &'a Node) -> Vec<Test<'a>> {
    let Some(condition) = node.member("Condition") else {
        return vec![];
    };
    let path = step(path, "Condition");
    let mut tests = vec![];
    for operator in condition.node.members() {
        let Some(parsed) = Operator::parse(&operator.name) else {
            continue;
        };
        let way = step(&path, &operator.name);
        for member in operator.node.members() {
            let path = step(&way, &member.name);
            let values = items(&member.node, &path);
            let (spelling, key) = (operator.name.as_str(), member.name.as_str());
            tests.push(Test { operator: parsed, spelling, key, path, member, values });
        }
    }
    tests
}
