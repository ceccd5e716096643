//! SAML providers: all eight operations but what decisions see of tags.

use super::{all, allowing, asked, fails, ok, result, start, user};
use crate::idp::{Idp, PROVIDER};

const ARN: (&str, &str) = ("SAMLProviderArn", PROVIDER);

fn created(document: &str) -> [(&str, &str); 3] {
    [("Action", "CreateSAMLProvider"), ("Name", "idp"), ("SAMLMetadataDocument", document)]
}

#[tokio::test]
async fn a_provider_lives_its_life() {
    let server = start().await;
    let document = Idp::new().metadata();
    let made = ok(&server, &created(&document)).await;
    assert_eq!(result(&made), format!("<SAMLProviderArn>{PROVIDER}</SAMLProviderArn>"));
    fails(&server, &created(&document), 409, "EntityAlreadyExists", "SAMLProvider with name idp already exists.").await;
    let listed = ok(&server, &[("Action", "ListSAMLProviders")]).await;
    assert_eq!(
        result(&listed),
        format!(
            "<SAMLProviderList><member><Arn>{PROVIDER}</Arn><ValidUntil>2126-01-03T12:00:00Z</ValidUntil>\
             <CreateDate>2026-01-02T12:00:00Z</CreateDate></member></SAMLProviderList>"
        )
    );
    let shown = ok(&server, &[("Action", "GetSAMLProvider"), ARN]).await;
    assert_eq!(shown.element("SAMLMetadataDocument"), document);
    assert_eq!(shown.element("SAMLProviderUUID").len(), 22);
    let (_, rest) = result(&shown).split_once("</SAMLMetadataDocument>").unwrap();
    assert_eq!(
        rest,
        "<CreateDate>2026-01-02T12:00:00Z</CreateDate><ValidUntil>2126-01-03T12:00:00Z</ValidUntil><Tags/>\
         <AssertionEncryptionMode>Allowed</AssertionEncryptionMode><PrivateKeyList/>"
    );

    let document = Idp::new().metadata_with(" validUntil=\"2026-02-01T00:00:00Z\"");
    let update = [("Action", "UpdateSAMLProvider"), ARN, ("SAMLMetadataDocument", document.as_str())];
    assert_eq!(result(&ok(&server, &update).await), format!("<SAMLProviderArn>{PROVIDER}</SAMLProviderArn>"));
    let shown = ok(&server, &[("Action", "GetSAMLProvider"), ARN]).await;
    assert_eq!(shown.element("ValidUntil"), "2026-02-01T00:00:00Z");
    assert_eq!(shown.element("SAMLMetadataDocument"), document);
    ok(&server, &[("Action", "UpdateSAMLProvider"), ARN, ("AssertionEncryptionMode", "Allowed")]).await;
    assert_eq!(ok(&server, &[("Action", "GetSAMLProvider"), ARN]).await.element("SAMLMetadataDocument"), document);

    ok(&server, &[("Action", "DeleteSAMLProvider"), ARN]).await;
    let message = format!("Manifest not found for arn {PROVIDER}");
    for action in ["DeleteSAMLProvider", "GetSAMLProvider", "UpdateSAMLProvider", "ListSAMLProviderTags"] {
        fails(&server, &[("Action", action), ARN], 404, "NoSuchEntity", &message).await;
    }
    assert_eq!(result(&ok(&server, &[("Action", "ListSAMLProviders")]).await), "<SAMLProviderList/>");
}

#[tokio::test]
async fn tags_come_and_go() {
    let server = start().await;
    let document = Idp::new().metadata();
    let mut fields = created(&document).to_vec();
    fields.extend([("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "red")]);
    assert_eq!(ok(&server, &fields).await.element("Value"), "red");
    let tag = [("Action", "TagSAMLProvider"), ARN, ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "blue")];
    ok(&server, &tag).await;
    let shown = ok(&server, &[("Action", "ListSAMLProviderTags"), ARN]).await;
    let wanted = "<Tags><member><Key>team</Key><Value>blue</Value></member></Tags><IsTruncated>false</IsTruncated>";
    assert_eq!(result(&shown), wanted);
    ok(&server, &[("Action", "UntagSAMLProvider"), ARN, ("TagKeys.member.1", "TEAM")]).await;
    let shown = ok(&server, &[("Action", "ListSAMLProviderTags"), ARN]).await;
    assert_eq!(result(&shown), "<Tags/><IsTruncated>false</IsTruncated>");
    let twice = [
        ("Action", "TagSAMLProvider"),
        ARN,
        ("Tags.member.1.Key", "a"),
        ("Tags.member.1.Value", ""),
        ("Tags.member.2.Key", "A"),
        ("Tags.member.2.Value", ""),
    ];
    let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    fails(&server, &twice, 400, "InvalidInput", message).await;
}

#[tokio::test]
async fn metadata_that_nobody_can_be_verified_by_is_refused() {
    let server = start().await;
    let padding = " ".repeat(1000);
    let good = Idp::new().metadata();
    let expired = Idp::new().metadata_with(" validUntil=\"2026-01-02T12:00:00Z\"");
    for (document, reason) in [
        (format!("metadata{padding}"), "it cannot be read: it is not well-formed: text outside the root"),
        (format!("<a/>{padding}"), "it is not SAML 2.0 metadata"),
        (format!("<!DOCTYPE a>{good}"), "it cannot be read: it has a DOCTYPE"),
        (good.replace("use=\"signing\"", "use=\"encryption\""), "it has no certificate for signing"),
        (good.replace("entityID", "id"), "the entity id is absent, empty or longer than 1,024 bytes"),
        (expired, "`validUntil` has passed"),
    ] {
        let message = format!("Could not parse metadata: {reason}");
        fails(&server, &created(&document), 400, "InvalidInput", &message).await;
    }
    ok(&server, &created(&good)).await;
    let bad = format!("<a/>{padding}");
    let update = [("Action", "UpdateSAMLProvider"), ARN, ("SAMLMetadataDocument", bad.as_str())];
    let message = "Could not parse metadata: it is not SAML 2.0 metadata";
    fails(&server, &update, 400, "InvalidInput", message).await;
    assert_eq!(ok(&server, &[("Action", "GetSAMLProvider"), ARN]).await.element("SAMLMetadataDocument"), good);
}

#[tokio::test]
async fn keys_for_encryption_are_refused() {
    let server = start().await;
    let document = Idp::new().metadata();
    ok(&server, &created(&document)).await;
    let message = "Encrypted assertions are not supported.";
    for member in [("AssertionEncryptionMode", "Required"), ("AddPrivateKey", "-----BEGIN PRIVATE KEY-----")] {
        let update = [("Action", "UpdateSAMLProvider"), ARN, member];
        fails(&server, &update, 400, "InvalidInput", message).await;
        let mut create = created(&document).to_vec();
        create.push(member);
        create[1] = ("Name", "other");
        fails(&server, &create, 400, "InvalidInput", message).await;
    }
    let remove = [("Action", "UpdateSAMLProvider"), ARN, ("RemovePrivateKey", "ABCDEFGHIJKLMNOPQRSTUV")];
    let message = "The private key with id ABCDEFGHIJKLMNOPQRSTUV cannot be found.";
    fails(&server, &remove, 404, "NoSuchEntity", message).await;
}

#[tokio::test]
async fn bad_members_are_refused() {
    let server = start().await;
    let fields = [
        ("Action", "CreateSAMLProvider"),
        ("Name", "a/b"),
        ("SAMLMetadataDocument", "<a/>"),
        ("AssertionEncryptionMode", "Perhaps"),
    ];
    let answer = server.query("iam", &fields, Some(&server.root)).await;
    assert_eq!(answer.code(), "ValidationError");
    for path in ["name", "sAMLMetadataDocument", "assertionEncryptionMode"] {
        let wanted = format!("Value at '{path}' failed to satisfy constraint");
        assert!(answer.message().contains(&wanted), "{}", answer.message());
    }
    for arn in ["arn:aws:iam::000000000000:role/provider", "arn:aws:iam::000000000000:oidc-provider/a.b"] {
        let fields = [("Action", "GetSAMLProvider"), ("SAMLProviderArn", arn)];
        fails(&server, &fields, 400, "ValidationError", "Invalid ARN:  Could not be parsed!").await;
    }
}

#[tokio::test]
async fn every_operation_asks_the_policies() {
    let server = start().await;
    let document = Idp::new().metadata();
    ok(&server, &created(&document)).await;
    let nobody = user(&server, "nobody", None).await;
    let reader = user(&server, "reader", Some(&allowing("iam:GetSAMLProvider", PROVIDER))).await;
    let listing = user(&server, "listing", Some(&allowing("iam:ListSAMLProviders", "*"))).await;
    for action in [
        "CreateSAMLProvider",
        "GetSAMLProvider",
        "UpdateSAMLProvider",
        "DeleteSAMLProvider",
        "ListSAMLProviders",
        "TagSAMLProvider",
        "UntagSAMLProvider",
        "ListSAMLProviderTags",
    ] {
        let fields = [("Action", action), ARN];
        assert_eq!(asked(&server, &nobody, &fields).await, (403, "AccessDenied".to_owned()), "{action}");
    }
    assert_eq!(asked(&server, &reader, &[("Action", "GetSAMLProvider"), ARN]).await.0, 200);
    assert_eq!(asked(&server, &reader, &[("Action", "DeleteSAMLProvider"), ARN]).await.0, 403);
    assert_eq!(asked(&server, &listing, &[("Action", "ListSAMLProviders")]).await.0, 200);
    let other = server.other_root().await;
    let listed = server.query("iam", &[("Action", "ListSAMLProviders")], Some(&other)).await;
    assert!(all(&listed, "Arn").is_empty());
}
