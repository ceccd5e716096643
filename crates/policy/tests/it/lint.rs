//! Warnings as data: `cases/lint/CODE.json`, a file for every code. A case has a document, or a statement that is filled
//! up to one, and the `marks` that the code of the file makes in it: the way to each place, with the text that stands
//! there. A case without marks says what the code keeps silent about.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use policy::{Code, Kind, Warning, lint};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    #[serde(default = "identity")]
    kind: String,
    statement: Option<Map<String, Json>>,
    document: Option<Json>,
    text: Option<String>,
    #[serde(default)]
    marks: BTreeMap<String, String>,
}

fn identity() -> String {
    "identity".to_owned()
}

#[test]
fn every_code_warns_where_its_cases_say_and_nowhere_else() {
    let mut failures = vec![];
    for code in Code::ALL {
        let file = folder("tests/cases/lint").join(format!("{code}.json"));
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let cases: Vec<Case> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{code}: {error}"));
        let (marked, silent): (Vec<_>, Vec<_>) = cases.iter().partition(|case| !case.marks.is_empty());
        assert!(
            !marked.is_empty() && !silent.is_empty(),
            "{code} needs a case that it marks, and one that it does not"
        );
        failures.extend(cases.iter().filter_map(|case| check(code, case).err()));
    }
    assert!(failures.is_empty(), "{} failed\n{}", failures.len(), failures.join("\n"));
    assert_eq!(fs::read_dir(folder("tests/cases/lint")).unwrap().count(), Code::ALL.len(), "a file for every code");
}

fn check(code: Code, case: &Case) -> Result<(), String> {
    let kind = kind(&case.kind);
    let text = match (&case.text, &case.document, &case.statement) {
        (Some(text), None, None) => text.clone(),
        (None, Some(document), None) => document.to_string(),
        (None, None, Some(statement)) => filled(statement, kind).to_string(),
        _ => return Err(format!("{code}, {}: one of text, document, statement", case.why)),
    };
    policy::Policy::parse(&text, kind).map_err(|error| format!("{code}, {}: {error}", case.why))?;
    let seen: BTreeMap<String, String> = lint(&text, kind)
        .into_iter()
        .filter(|warning| warning.code == code)
        .map(|warning| (warning.place.path, text[warning.place.span].to_owned()))
        .collect();
    let same = seen.len() == case.marks.len()
        && seen.iter().zip(&case.marks).all(|(seen, mark)| seen.0 == mark.0 && (mark.1.is_empty() || seen.1 == mark.1));
    if same { Ok(()) } else { Err(format!("{code}, {}: {seen:?} instead of {:?}", case.why, case.marks)) }
}

#[test]
fn the_page_has_a_row_for_every_code_and_its_example_warns() {
    let page = fs::read_to_string(folder("../../docs/policy-lint.md")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    let codes: Vec<&str> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    let known: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes, known, "the rows of docs/policy-lint.md, in the order of `Code::ALL`");
    for row in rows {
        let [code, meaning, example, mend] = row[..] else { panic!("four cells: {row:?}") };
        assert!(!meaning.is_empty() && !mend.is_empty(), "{code}");
        let Ok(statement) = serde_json::from_str::<Json>(example.trim_matches('`')) else {
            assert!(example.starts_with('('), "{code}: an example that is no statement stands in brackets");
            continue;
        };
        let code = code.trim_matches('`');
        let warns = |kind: Kind| {
            let text = filled(statement.as_object().unwrap(), kind).to_string();
            lint(&text, kind).iter().any(|warning| warning.code.as_str() == code)
        };
        assert!(
            [Kind::Identity, Kind::Trust, Kind::Bucket].into_iter().any(warns),
            "{code}: the example does not warn"
        );
    }
}

#[test]
fn what_amazon_documents_is_clean_but_for_the_guard() {
    let leading = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
        "Resource": "arn:aws:dynamodb:us-east-1:111111111111:table/Scores",
        "Condition": {
            "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${cognito-identity.amazonaws.com:sub}"]},
            "Null": {"dynamodb:LeadingKeys": "false"}}},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::game",
        "Condition": {"StringLike": {"s3:prefix": ["${cognito-identity.amazonaws.com:sub}/*"]}}},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": "arn:aws:s3:::game/${cognito-identity.amazonaws.com:sub}/*"}]});
    assert_eq!(lint(&leading.to_string(), Kind::Managed), []);
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:0"},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}}}});
    assert_eq!(lint(&trust.to_string(), Kind::Trust), []);
    let bucket = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::game", "arn:aws:s3:::game/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}});
    assert_eq!(lint(&bucket.to_string(), Kind::Bucket), []);
}

#[test]
fn a_malformed_document_has_no_warnings_and_a_large_one_takes_no_time() {
    assert_eq!(lint("{", Kind::Identity), []);
    let many: Vec<String> = (0..1_500).map(|number| format!("s3:*{number}?*")).collect();
    let large = |actions: &[String]| {
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}})
            .to_string()
    };
    let begun = std::time::Instant::now();
    let warnings = lint(&large(&many), Kind::Identity);
    assert!(warnings.iter().any(|warning| warning.code == Code::PolicySize), "too large, and still looked through");
    assert!(warnings.iter().any(|warning| warning.code == Code::WildcardMatchesNothing));
    let stars: Vec<String> = (0..20).map(|_| format!("s3:{}b", "*a".repeat(400))).collect();
    lint(&large(&stars), Kind::Identity);
    let huge: Vec<String> = (0..9_000).map(|number| format!("s3:*{number}?*")).collect();
    let codes: Vec<Code> = lint(&large(&huge), Kind::Identity).iter().map(|warning| warning.code).collect();
    assert_eq!(codes, [Code::PolicySize], "of what nobody accepts only the size is told");
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn a_warning_is_written_as_json_with_its_place() {
    let text = filled(json!({"Action": "s3:GetObjcet"}).as_object().unwrap(), Kind::Identity).to_string();
    let warnings: Vec<Warning> = lint(&text, Kind::Identity);
    let start = text.find("\"s3:GetObjcet\"").unwrap();
    let expected = json!([{
        "code": "unknown-action",
        "message": "there is no action `s3:GetObjcet`; is `s3:GetObject` meant?",
        "place": {"path": "Statement.Action", "span": {"start": start, "end": start + 14}},
    }]);
    assert_eq!(serde_json::to_value(warnings).unwrap(), expected);
}

/// The document of one statement, with what it leaves out; `null` leaves it out for good.
fn filled(statement: &Map<String, Json>, kind: Kind) -> Json {
    let defaults = match kind {
        Kind::Trust => json!({
            "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:0"}},
        }),
        Kind::Bucket => {
            json!({"Effect": "Allow", "Action": "s3:GetObject", "Principal": "*", "Resource": "arn:aws:s3:::b/*"})
        }
        _ => json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}),
    };
    let Json::Object(mut whole) = defaults else { panic!("an object") };
    for (name, value) in statement {
        if let Some(plain) = name.strip_prefix("Not") {
            whole.remove(plain);
        }
        whole.insert(name.clone(), value.clone());
    }
    whole.retain(|_, value| !value.is_null());
    json!({"Version": "2012-10-17", "Statement": whole})
}

fn kind(name: &str) -> Kind {
    match name {
        "identity" => Kind::Identity,
        "managed" => Kind::Managed,
        "trust" => Kind::Trust,
        "bucket" => Kind::Bucket,
        "session" => Kind::Session,
        "resource" => Kind::Resource,
        other => panic!("no kind `{other}`"),
    }
}

fn folder(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}
