//! The policies that cap every account, from the files that the configuration names. Whatever is doubtful about them
//! stops the start: a cap that is not the one that was meant is worse than none.

use std::path::Path;
use std::sync::Arc;

use operation::Organization;
use policy::{Kind, Named, Policy};

use crate::settings::{Levels, Settings, Wrong, wrong};

/// Reads the files: for decisions, and the service control policies for simulations too.
pub fn read(settings: &Settings) -> Result<(Organization, Vec<Vec<iam::Source>>), Wrong> {
    let service = Setting { key: "service_control_policy", kind: Kind::Identity, name: "service control policy" };
    let resource =
        Setting { key: "resource_control_policy", kind: Kind::ResourceControl, name: "resource control policy" };
    let (mut resource_control, _) = resource.levels(settings.resource_control_policy.as_ref())?;
    for level in &mut resource_control {
        // AWS attaches it to every level, and it cannot be detached: there, only a Deny has an effect.
        level.push(resource.parsed("RCPFullAWSAccess", FULL_ACCESS).map_err(|error| resource.wrong(error))?);
    }
    let (service_control, texts) = service.levels(settings.service_control_policy.as_ref())?;
    for (number, level) in service_control.iter().enumerate() {
        if !level.iter().any(|named| named.policy.has_allow()) {
            let text = format!(
                "no statement of level {number} allows anything, so nobody could do anything; add one that allows \
                 what is not denied, such as `\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"`"
            );
            return Err(service.wrong(text));
        }
    }
    let source = |text| iam::Source::service_control(service.key, text);
    let simulated = texts.into_iter().map(|level| level.into_iter().map(source).collect()).collect();
    Ok((Organization { service_control, resource_control }, simulated))
}

/// The policies of every level, and their texts.
type Read = (Vec<Vec<Named>>, Vec<Vec<String>>);

struct Setting {
    key: &'static str,
    kind: Kind,
    name: &'static str,
}

impl Setting {
    /// The policies of every level, and their texts.
    fn levels(&self, levels: Option<&Levels>) -> Result<Read, Wrong> {
        let levels = match levels {
            None => vec![],
            Some(Levels::File(file)) => vec![vec![file.clone()]],
            Some(Levels::Each(levels)) if levels.iter().any(Vec::is_empty) => {
                return Err(self.wrong("a level without any policy would allow nothing"));
            }
            Some(Levels::Each(levels)) => levels.clone(),
            Some(Levels::Unclear(_)) => {
                return Err(self.wrong("this is neither a file nor a list of files for every level"));
            }
        };
        let (mut policies, mut texts) = (vec![], vec![]);
        for level in levels {
            let read: Vec<_> = level.iter().map(|file| self.file(file)).collect::<Result<_, _>>()?;
            let (of_level, texts_of_level) = read.into_iter().unzip();
            policies.push(of_level);
            texts.push(texts_of_level);
        }
        Ok((policies, texts))
    }

    fn file(&self, file: &Path) -> Result<(Named, String), Wrong> {
        let shown = file.display();
        let text = std::fs::read_to_string(file).map_err(|error| self.wrong(format!("{shown}: {error}")))?;
        let size = policy::counted_size(&text);
        if size > LARGEST {
            return Err(self.wrong(format!("{shown}: {size} characters, and at most {LARGEST} are accepted")));
        }
        let named = self.parsed(&format!("{} `{shown}`", self.name), &text);
        let named = named.map_err(|error| self.wrong(format!("{shown}: {error}")))?;
        for warning in policy::lint(&text, self.kind) {
            tracing::warn!(key = self.key, code = %warning.code, place = warning.place.path, "{shown}: {}", warning.message);
        }
        Ok((named, text))
    }

    fn parsed(&self, name: &str, text: &str) -> Result<Named, String> {
        let policy = Policy::parse(text, self.kind).map_err(|error| error.to_string())?;
        Ok(Named { name: name.into(), policy: Arc::new(policy) })
    }

    fn wrong(&self, text: impl Into<String>) -> Wrong {
        wrong(self.key, text, "[[\"/etc/daypass/root.json\"], [\"/etc/daypass/accounts.json\"]]")
    }
}

/// The quota of service control policies.
const LARGEST: usize = 10_240;

const FULL_ACCESS: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;

#[cfg(test)]
mod tests {
    use super::*;

    /// The setting with these files, read as the configuration file is.
    fn read_with(key: &str, files: &[(&str, &str)], value: &str) -> Result<Organization, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let value = value.replace("DIR", folder.path().to_str().unwrap());
        let settings: Settings = toml::from_str(&format!("{key} = {value}")).unwrap();
        let read = read(&settings).map(|(organization, _)| organization);
        read.map_err(|wrong| wrong.to_string().replace(folder.path().to_str().unwrap(), "DIR"))
    }

    const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    const DENY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:*","Resource":"*"}}"#;
    const GUARD: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*",
        "Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}}"#;

    #[test]
    fn one_file_is_one_level_and_lists_are_levels() {
        let files = [("all.json", ALLOW), ("no-iam.json", DENY)];
        let one = read_with("service_control_policy", &files, "'DIR/all.json'").unwrap();
        assert_eq!((one.service_control.len(), one.resource_control.len()), (1, 0));
        let levels = "[['DIR/all.json'], ['DIR/no-iam.json', 'DIR/all.json']]";
        let two = read_with("service_control_policy", &files, levels).unwrap();
        assert_eq!(two.service_control.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
        assert!(two.service_control[1][0].name.contains("no-iam.json"));
    }

    #[test]
    fn full_access_stands_beside_every_resource_control_policy() {
        let read = read_with("resource_control_policy", &[("tls.json", GUARD)], "'DIR/tls.json'").unwrap();
        let names: Vec<&str> = read.resource_control[0].iter().map(|named| &*named.name).collect();
        assert_eq!(names[1..], ["RCPFullAWSAccess"]);
    }

    #[test]
    fn what_is_doubtful_stops_the_start_and_names_the_key() {
        let refusal = |key, files: &[(&str, &str)], value| read_with(key, files, value).unwrap_err();
        let example = "; for example `[[\"/etc/daypass/root.json\"], [\"/etc/daypass/accounts.json\"]]`";
        let scp = "service_control_policy";
        let files = [("a.json", DENY), ("bad.json", "{"), ("who.json", GUARD), ("all.json", ALLOW)];
        for (value, wanted) in [
            ("'DIR/bad.json'", "DIR/bad.json: Syntax errors in policy."),
            ("'DIR/who.json'", "DIR/who.json: Policy document should not specify a principal."),
            ("['DIR/all.json']", "this is neither a file nor a list of files for every level"),
            ("[['DIR/all.json'], []]", "a level without any policy would allow nothing"),
        ] {
            assert_eq!(refusal(scp, &files, value), format!("`{scp}`: {wanted}{example}"));
        }
        assert!(
            refusal(scp, &files, "'DIR/none.json'").starts_with("`service_control_policy`: DIR/none.json: No such")
        );
        let nothing = refusal(scp, &files, "[['DIR/all.json'], ['DIR/a.json']]");
        assert!(nothing.contains("no statement of level 1 allows anything"), "{nothing}");
        let some = GUARD.replace("\"*\",\"Action\"", "{\"AWS\":\"111111111111\"},\"Action\"");
        let rcp = refusal("resource_control_policy", &[("some.json", &some)], "'DIR/some.json'");
        assert_eq!(rcp, format!("`resource_control_policy`: DIR/some.json: Syntax errors in policy.{example}"));
        let long = ALLOW.replace("\"*\"}", &format!("\"arn:aws:s3:::{}\"}}", "x".repeat(LARGEST)));
        assert!(refusal(scp, &[("long.json", &long)], "'DIR/long.json'").contains("at most 10240 are accepted"));
    }
}
