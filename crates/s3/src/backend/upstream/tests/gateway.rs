//! Ceph's S3 gateway, where `DAYPASS_TEST_RADOSGW` names the `engine.json` of a running one.

use std::sync::Arc;

use ::upstream::{Credentials, Server, Settings, Signing, Style};
use vocab::{SystemClock, SystemRandom};

use crate::backend::suite;
use crate::backend::upstream::{Traits, Upstream};

/// What the gateway does not have, by case, with the reason.
const LACKS: [(&str, &str); 7] = [
    ("checksums are kept", "it keeps none"),
    ("a delete marker hides what is below", "no second marker lies on a marker"),
    ("parts become an object", "it does not know partNumber"),
    ("wrong parts are refused", "a completion must name every part that was uploaded"),
    ("checksums of parts make that of the object", "it keeps none"),
    ("uploads are listed", "it does not roll their keys up"),
    ("a long history is told as it was", "no second marker lies on a marker"),
];

/// What may fail there.
const UNSURE: [(&str, &str); 1] = [("tags are set and taken away", "tagging an object changes its time")];

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_keeps_what_a_backend_promises() {
    let Some(file) = std::env::var_os("DAYPASS_TEST_RADOSGW") else { return };
    let engine: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let text = |name: &str| engine[name].as_str().unwrap().to_owned();
    let endpoint = format!("http://127.0.0.1:{}", engine["port"]);
    let mut settings = Settings::new("radosgw", endpoint.parse().unwrap());
    settings.signing = Some(Signing {
        credentials: Credentials {
            access_key_id: text("access_key_id"),
            secret: text("secret_access_key").into(),
            session_token: None,
        },
        region: "us-east-1".into(),
        service: "s3".into(),
        style: Style::S3,
    });
    let server = Server::new(settings, Arc::new(SystemClock)).unwrap();
    let traits = Traits { takes_dots: true, takes_empty: true, wants_bare_tags: true, ..Traits::default() };
    let backend = Upstream::new(server, traits);
    let (mut failed, mut left_out) = (Vec::new(), Vec::<&str>::new());
    let ran = loop {
        match suite::run(backend.clone(), "suite-", &SystemRandom, &left_out).await {
            Ok(ran) => break ran,
            Err(failure) => failed.push(failure.to_string()),
        }
        let case = suite::names().find(|name| failed.last().unwrap().starts_with(&format!("{name}: ")));
        left_out.push(case.unwrap());
    };
    // What works after all goes from the list.
    let lacks = LACKS.map(|(case, _)| case);
    left_out.retain(|case| UNSURE.iter().all(|(unsure, _)| unsure != case));
    assert_eq!(left_out, lacks, "{failed:#?}");
    assert!(ran.len() > 20, "{ran:?}");
}
