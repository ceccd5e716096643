//! A SAML identity provider: metadata, and responses that it signs. What it writes is canonical as it stands.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use operation::Host;
use server::testing::TestServer;
use store::records::providers::SamlProvider;
use vocab::AccountId;

/// The ARN under which it is registered.
pub const PROVIDER: &str = "arn:aws:iam::000000000000:saml-provider/idp";
/// Where AWS takes responses.
pub const ACS: &str = "https://signin.aws.amazon.com/saml";
/// Its entity id.
pub const ENTITY: &str = "https://idp.example.test/metadata";
/// What the names of AWS's attributes begin with.
pub const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";

/// An identity provider with one key.
pub struct Idp {
    certificate: String,
    pair: EcdsaKeyPair,
}

/// What it says of somebody.
#[derive(Clone)]
pub struct Saying {
    pub id: String,
    pub name: String,
    pub format: Option<&'static str>,
    pub recipient: String,
    pub audience: String,
    pub session_ends: Option<i64>,
    pub attributes: Vec<(String, Vec<String>)>,
    pub conditions: &'static str,
}

impl Saying {
    /// That this is somebody who may have this role.
    pub fn of(name: &str, role: &str) -> Self {
        let attribute = |key: &str, value: String| (format!("{ATTRIBUTES}{key}"), vec![value]);
        Self {
            id: "_1".to_owned(),
            name: name.to_owned(),
            format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
            recipient: ACS.to_owned(),
            audience: "urn:amazon:webservices".to_owned(),
            session_ends: None,
            attributes: vec![
                attribute("Role", format!("{role},{PROVIDER}")),
                attribute("RoleSessionName", name.to_owned()),
            ],
            conditions: "",
        }
    }

    /// And this.
    pub fn and(mut self, name: &str, values: &[&str]) -> Self {
        let name = if name.contains(':') { name.to_owned() } else { format!("{ATTRIBUTES}{name}") };
        self.attributes.retain(|(known, _)| *known != name);
        self.attributes.push((name, values.iter().map(|value| (*value).to_owned()).collect()));
        self
    }

    /// And this, whatever is in the name.
    pub fn tag(self, key: &str, values: &[&str]) -> Self {
        self.and(&format!("{ATTRIBUTES}PrincipalTag:{key}"), values)
    }

    /// But nothing of this.
    pub fn without(mut self, name: &str) -> Self {
        self.attributes.retain(|(known, _)| *known != format!("{ATTRIBUTES}{name}"));
        self
    }
}

impl Idp {
    /// One with a new key.
    pub fn new() -> Self {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let parameters = rcgen::CertificateParams::new(vec!["idp.example.test".to_owned()]).unwrap();
        let certificate = BASE64_STANDARD.encode(parameters.self_signed(&key).unwrap().der());
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.serialize_der()).unwrap();
        Self { certificate, pair }
    }

    /// Its metadata, padded to the length that IAM wants.
    pub fn metadata(&self) -> String {
        self.metadata_with("")
    }

    /// The same with an attribute.
    pub fn metadata_with(&self, attribute: &str) -> String {
        format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{ENTITY}\"{attribute}>\
             <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
             <md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
             <ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\
             </md:IDPSSODescriptor></md:EntityDescriptor>{}",
            self.certificate,
            " ".repeat(500)
        )
    }

    /// Registers it.
    pub async fn register(&self, server: &TestServer) {
        let record = SamlProvider {
            account: AccountId::ZERO,
            name: "idp".to_owned(),
            uuid: "SAMLPAAAAAAAAAAAAAAAAA".to_owned(),
            metadata: self.metadata(),
            valid_until: None,
            tags: Default::default(),
            created: server.host.now(),
        };
        let mut batch = server.host.configuration.batch();
        batch.insert(&record).unwrap();
        server.host.configuration.commit(batch).await.unwrap();
    }

    /// A response, in base64, as the provider makes it now; good for five minutes.
    pub fn response(&self, host: &Host, saying: &Saying) -> String {
        let assertion = self.signed(&assertion(host, saying), &saying.id);
        let text = format!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_response\" Version=\"2.0\">\
             <samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>\
             {assertion}</samlp:Response>"
        );
        BASE64_STANDARD.encode(text)
    }

    fn signed(&self, assertion: &str, id: &str) -> String {
        const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
        const EXC: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
        let digested = BASE64_STANDARD.encode(digest(&SHA256, assertion.as_bytes()));
        let info = format!(
            "<ds:SignedInfo xmlns:ds=\"{DS}\"><ds:CanonicalizationMethod Algorithm=\"{EXC}\"></ds:CanonicalizationMethod>\
             <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"></ds:SignatureMethod>\
             <ds:Reference URI=\"#{id}\"><ds:Transforms>\
             <ds:Transform Algorithm=\"{DS}enveloped-signature\"></ds:Transform>\
             <ds:Transform Algorithm=\"{EXC}\"></ds:Transform></ds:Transforms>\
             <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>\
             <ds:DigestValue>{digested}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        );
        let value = BASE64_STANDARD.encode(self.pair.sign(&SystemRandom::new(), info.as_bytes()).unwrap());
        let signature = format!(
            "<ds:Signature xmlns:ds=\"{DS}\">{info}<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
        );
        assertion.replacen("</saml:Issuer>", &format!("</saml:Issuer>{signature}"), 1)
    }
}

fn assertion(host: &Host, saying: &Saying) -> String {
    let now = host.now();
    let later = |seconds: i64| vocab::Timestamp::from_seconds(now.seconds() + seconds).iso8601();
    let Saying { id, name, recipient, audience, .. } = saying;
    let format = saying.format.map(|format| format!(" Format=\"{format}\"")).unwrap_or_default();
    let ends = saying.session_ends.map(|ends| format!(" SessionNotOnOrAfter=\"{}\"", later(ends))).unwrap_or_default();
    let attributes: String = saying
        .attributes
        .iter()
        .map(|(name, values)| {
            let values: String =
                values.iter().map(|value| format!("<saml:AttributeValue>{value}</saml:AttributeValue>")).collect();
            format!("<saml:Attribute Name=\"{name}\">{values}</saml:Attribute>")
        })
        .collect();
    format!(
        "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" IssueInstant=\"{issued}\" \
         Version=\"2.0\"><saml:Issuer>{ENTITY}</saml:Issuer><saml:Subject><saml:NameID{format}>{name}</saml:NameID>\
         <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
         <saml:SubjectConfirmationData NotOnOrAfter=\"{until}\" Recipient=\"{recipient}\"></saml:SubjectConfirmationData>\
         </saml:SubjectConfirmation></saml:Subject><saml:Conditions NotOnOrAfter=\"{until}\"><saml:AudienceRestriction>\
         <saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>{conditions}</saml:Conditions>\
         <saml:AuthnStatement AuthnInstant=\"{issued}\"{ends}></saml:AuthnStatement>\
         <saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>",
        issued = now.iso8601(),
        until = later(300),
        conditions = saying.conditions,
    )
}
