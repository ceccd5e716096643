//! Service and resource control policies in the configuration file.

use crate::daypass::daypass;

#[test]
fn a_control_policy_that_cannot_be_meant_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:*","Resource":"*"}}"#;
    std::fs::write(path("deny.json"), deny).unwrap();
    for (key, file, wanted) in [
        ("service_control_policy", "deny.json", "no statement of level 0 allows anything"),
        ("service_control_policy", "none.json", "No such file"),
        ("resource_control_policy", "none.json", "No such file"),
    ] {
        let config = format!("data = '{}'\n{key} = [['{}']]\n", path("data"), path(file));
        std::fs::write(path("daypass.toml"), config).unwrap();
        let ran = daypass(&["dev", "--config", &path("daypass.toml")], "");
        assert_ne!(ran.code, 0);
        assert!(ran.err.contains(&format!("`{key}`: ")) && ran.err.contains(wanted), "{}", ran.err);
    }
}
