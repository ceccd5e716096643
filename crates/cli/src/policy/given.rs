//! One request with its policies, from flags and files or from a request file, and the texts they came from.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use ::policy::places::Node;
use ::policy::{Context, Fault, Kind, Library, Named, Principal, Scenario, Value};
use vocab::Arn;

use super::file;
use super::paint::Paint;
use super::quote::{Mark, Tone, quote};
use crate::arguments::Asked;
use crate::failure::Failure;

/// A request that can be decided.
pub struct Given {
    pub scenario: Scenario,
    sources: HashMap<Arc<str>, Source>,
}

/// Where the policy of a name is written.
pub struct Source {
    /// The file.
    pub file: String,
    /// Its text.
    pub text: Arc<str>,
    /// The policy in it.
    pub policy: Node,
}

impl Given {
    /// Reads what the flags name.
    pub fn read(asked: &Asked) -> Result<Self, Failure> {
        let mut given = match &asked.request {
            Some(path) => Self::from_request(path)?,
            None => Self::from_flags(asked)?,
        };
        if !asked.exact_context {
            given.scenario.fill_context();
        }
        Ok(given)
    }

    /// Where the policy of a name is written, unless it is a text within JSON.
    pub fn source(&self, policy: &str) -> Option<&Source> {
        self.sources.get(policy)
    }

    fn from_request(path: &Path) -> Result<Self, Failure> {
        let text = file::read(path)?;
        let file = path.display().to_string();
        let scenario = Scenario::read(&text, &mut Library::default()).map_err(|error| format!("{file}: {error}"))?;
        let mut sources = HashMap::new();
        let (text, root) = (Arc::<str>::from(text.as_str()), Node::read(&text));
        for member in root.iter().flat_map(Node::members) {
            for (name, node) in
                member.node.items_at(&member.name).into_iter().flat_map(|(way, node)| node.items_at(&way))
            {
                let source = Source { file: file.clone(), text: text.clone(), policy: node.clone() };
                sources.insert(name.into(), source);
            }
        }
        Ok(Self { scenario, sources })
    }

    fn from_flags(asked: &Asked) -> Result<Self, Failure> {
        let action = asked.action.clone().ok_or("say what: `--action SERVICE:NAME`, or `--request FILE`")?;
        let resource = asked.resource.clone().unwrap_or_else(|| "*".to_owned());
        let context = context(&asked.context)?;
        let principal = match asked.principal.as_deref() {
            None | Some("anonymous") => Principal::Anonymous,
            Some(name) => Principal::named(name, &context)?,
        };
        let owner = match &asked.resource_account {
            Some(text) => Some(text.parse().map_err(|_| format!("`{text}` is not an account id of twelve digits"))?),
            None => resource.parse::<Arn>().ok().and_then(|arn| arn.account_id()),
        };
        let mut shelf = Shelf { library: Library::default(), sources: HashMap::new() };
        let kind = Scenario::kind_of_resource_policy(&action, &resource);
        let some = |policies: Vec<Named>| Some(policies).filter(|policies| !policies.is_empty());
        let scenario = Scenario {
            id: None,
            identity: shelf.policies(&asked.identity, Kind::Identity)?,
            boundary: some(shelf.policies(&asked.boundary, Kind::Identity)?),
            session: some(shelf.policies(&asked.session, Kind::Session)?),
            resource_policy: asked.resource_policy.as_ref().map(|path| shelf.policy(path, kind)).transpose()?,
            service_control: shelf.levels(&asked.scp, Kind::Identity)?,
            resource_control: shelf.levels(&asked.rcp, Kind::ResourceControl)?,
            resource_account: owner,
            principal,
            action,
            resource,
            context,
        };
        Ok(Self { scenario, sources: shelf.sources })
    }
}

/// `key=value`, one value a time; a key that is given more than once is a list of its values.
fn context(pairs: &[String]) -> Result<Context, Failure> {
    let mut context = Context::new();
    for pair in pairs {
        let (key, value) = pair.split_once('=').ok_or_else(|| format!("`--context {pair}` is not KEY=VALUE"))?;
        let earlier: Vec<String> = context.get(key).into_iter().flat_map(Value::texts).map(str::to_owned).collect();
        let value = match earlier.is_empty() {
            true => Value::from(value),
            false => Value::from([earlier, vec![value.to_owned()]].concat()),
        };
        context.set(key.to_owned(), value);
    }
    Ok(context)
}

struct Shelf {
    library: Library,
    sources: HashMap<Arc<str>, Source>,
}

impl Shelf {
    fn policy(&mut self, path: impl AsRef<Path>, kind: Kind) -> Result<Named, Failure> {
        let path = path.as_ref();
        let text = file::read(path)?;
        let file = path.display().to_string();
        let policy = self.library.get(kind, &text).map_err(|error| refused(&file, &text, kind, &error.to_string()))?;
        let name: Arc<str> = file.as_str().into();
        if let Some(policy) = Node::read(&text) {
            self.sources.insert(name.clone(), Source { file, text: text.into(), policy });
        }
        Ok(Named { name, policy })
    }

    fn policies(&mut self, paths: &[impl AsRef<Path>], kind: Kind) -> Result<Vec<Named>, Failure> {
        paths.iter().map(|path| self.policy(path, kind)).collect()
    }

    /// A level a flag; commas part the policies of one level.
    fn levels(&mut self, levels: &[String], kind: Kind) -> Result<Vec<Vec<Named>>, Failure> {
        levels.iter().map(|level| self.policies(&level.split(',').collect::<Vec<_>>(), kind)).collect()
    }
}

/// A policy that is refused, quoted where it is wrong.
fn refused(file: &str, text: &str, kind: Kind, error: &str) -> Failure {
    let Some(fault) = Fault::of(text, kind) else {
        return format!("{file}: {error}").into();
    };
    let mark = Mark { span: fault.span.clone(), label: fault.detail.unwrap_or_default() };
    format!("{error}\n{}", quote(file, text, &fault.span, &[mark], Tone::Error, Paint::of_errors()).trim_end()).into()
}
