//! OpenID Connect providers: all ten operations but their tags.

use store::records::providers::OidcProvider;

use super::{all, fails, ok, result, start};

const URL: &str = "https://login.example.com/tenant/";
const ARN: &str = "arn:aws:iam::000000000000:oidc-provider/login.example.com/tenant/";
const THUMBPRINT: &str = "990F4193972F2BECF12DDEDA5237F9C952F20D9E";

#[tokio::test]
async fn a_provider_lives_its_life() {
    let server = start().await;
    let arn = ("OpenIDConnectProviderArn", ARN);
    let fields = [
        ("Action", "CreateOpenIDConnectProvider"),
        ("Url", URL),
        ("ClientIDList.member.1", "app"),
        ("ClientIDList.member.2", "app"),
        ("ThumbprintList.member.1", THUMBPRINT),
    ];
    let made = ok(&server, &fields).await;
    assert_eq!(result(&made), format!("<OpenIDConnectProviderArn>{ARN}</OpenIDConnectProviderArn>"));
    let message = format!("Provider with url {URL} already exists.");
    fails(&server, &fields, 409, "EntityAlreadyExists", &message).await;
    let listed = ok(&server, &[("Action", "ListOpenIDConnectProviders")]).await;
    let wanted = format!("<OpenIDConnectProviderList><member><Arn>{ARN}</Arn></member></OpenIDConnectProviderList>");
    assert_eq!(result(&listed), wanted);

    let add = [("Action", "AddClientIDToOpenIDConnectProvider"), arn, ("ClientID", "other")];
    ok(&server, &add).await;
    ok(&server, &add).await;
    let remove = [("Action", "RemoveClientIDFromOpenIDConnectProvider"), arn, ("ClientID", "app")];
    ok(&server, &remove).await;
    ok(&server, &remove).await;
    let other = "0".repeat(40);
    let print = ("ThumbprintList.member.1", other.as_str());
    let shown = ok(&server, &[("Action", "GetOpenIDConnectProvider"), arn]).await;
    assert_eq!(
        result(&shown),
        format!(
            "<Url>login.example.com/tenant/</Url><ClientIDList><member>other</member></ClientIDList><ThumbprintList>\
             <member>{}</member></ThumbprintList><CreateDate>2026-01-02T12:00:00Z</CreateDate><Tags/>",
            THUMBPRINT.to_lowercase()
        )
    );
    ok(&server, &[("Action", "UpdateOpenIDConnectProviderThumbprint"), arn, print]).await;
    let shown = ok(&server, &[("Action", "GetOpenIDConnectProvider"), arn]).await;
    assert_eq!(all(&shown, "member"), ["other", &other]);

    ok(&server, &[("Action", "DeleteOpenIDConnectProvider"), arn]).await;
    let message = format!("OpenId connect Provider {ARN} cannot be found.");
    fails(&server, &[("Action", "DeleteOpenIDConnectProvider"), arn], 404, "NoSuchEntity", &message).await;
    let message = format!("OpenIDConnect Provider not found for arn {ARN}");
    for fields in [&add[..], &remove[..], &[("Action", "GetOpenIDConnectProvider"), arn]] {
        fails(&server, fields, 404, "NoSuchEntity", &message).await;
    }
}

#[tokio::test]
async fn the_scheme_is_kept_and_plain_ones_must_be_allowed() {
    let server = start().await;
    ok(&server, &[("Action", "CreateOpenIDConnectProvider"), ("Url", "http://localhost:9000/dev")]).await;
    let kept = server.host.configuration.get::<OidcProvider>("000000000000/localhost:9000/dev").await.unwrap().unwrap();
    assert_eq!(kept.url, "http://localhost:9000/dev");
    let fields = [("Action", "CreateOpenIDConnectProvider"), ("Url", "https://localhost:9000/dev")];
    let message = "Provider with url https://localhost:9000/dev already exists.";
    fails(&server, &fields, 409, "EntityAlreadyExists", message).await;
    for url in ["http://login.example.com", "http://localhost", "login.example.com", "https://a.b?x", "https://a.b/*"] {
        let fields = [("Action", "CreateOpenIDConnectProvider"), ("Url", url)];
        fails(&server, &fields, 400, "ValidationError", "Invalid Open ID Connect Provider URL").await;
    }
}

#[tokio::test]
async fn our_own_issuer_is_never_registered() {
    let server = start().await;
    for url in ["https://cognito-identity.amazonaws.com", "https://COGNITO-identity.amazonaws.com./x"] {
        let answer =
            server.query("iam", &[("Action", "CreateOpenIDConnectProvider"), ("Url", url)], Some(&server.root)).await;
        assert_eq!(answer.status, 400, "{url}: {}", answer.text());
    }
    assert_eq!(result(&ok(&server, &[("Action", "ListOpenIDConnectProviders")]).await), "<OpenIDConnectProviderList/>");
}

#[tokio::test]
async fn bad_members_are_refused() {
    let server = start().await;
    let fields = [("Action", "GetOpenIDConnectProvider"), ("OpenIDConnectProviderArn", "arn:aws:iam::1:role/provider")];
    fails(&server, &fields, 400, "ValidationError", "Invalid ARN:  Could not be parsed!").await;
    let long = "x".repeat(256);
    let fields = [
        ("Action", "CreateOpenIDConnectProvider"),
        ("Url", ""),
        ("ClientIDList.member.1", &long),
        ("ThumbprintList.member.1", "abc"),
    ];
    let answer = server.query("iam", &fields, Some(&server.root)).await;
    assert_eq!(answer.code(), "ValidationError");
    let message = answer.message();
    for path in ["clientIDList", "thumbprintList", "url"] {
        assert!(message.contains(&format!("Value at '{path}' failed to satisfy constraint")), "{message}");
    }
    let prints: Vec<String> = (1..=6).map(|number| format!("ThumbprintList.member.{number}")).collect();
    let mut fields = vec![("Action", "CreateOpenIDConnectProvider"), ("Url", URL)];
    fields.extend(prints.iter().map(|name| (name.as_str(), THUMBPRINT)));
    fails(&server, &fields, 400, "InvalidInput", "Thumbprint list must contain fewer than 5 entries.").await;
    fields.truncate(2);
    let letters = "g".repeat(40);
    fields.push(("ThumbprintList.member.1", &letters));
    fails(&server, &fields, 400, "InvalidInput", "Thumbprint must be a hexadecimal string.").await;
    let clients: Vec<String> = (1..=101).map(|number| format!("ClientIDList.member.{number}")).collect();
    let mut fields = vec![("Action", "CreateOpenIDConnectProvider"), ("Url", URL)];
    fields.extend(clients.iter().map(|name| (name.as_str(), name.as_str())));
    let message = "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100";
    fails(&server, &fields, 409, "LimitExceeded", message).await;
}
