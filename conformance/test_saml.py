"""SAML: responses of identity providers that others wrote, from registration by boto3 to credentials that act."""

import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import textwrap
import time
import uuid

import pytest
import requests
from botocore.exceptions import ClientError

from conftest import ACCOUNT, HERE, clean_environment, free_port, keys_of

ACS = "https://signin.aws.amazon.com/saml"
AUDIENCE = "urn:amazon:webservices"
AWS = "https://aws.amazon.com/SAML/Attributes/"
SIMPLESAMLPHP = pathlib.Path(os.environ.get("DAYPASS_SIMPLESAMLPHP", "/usr/share/simplesamlphp"))


class KeyPair:
    """A key with its certificate, as an administrator makes one."""

    def __init__(self, folder):
        self.key, self.certificate = folder / "idp.key", folder / "idp.crt"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out", self.certificate,
             "-days", "30", "-subj", "/CN=idp.example.test"],
            check=True, capture_output=True,
        )
        self.key.chmod(0o644)

    def der(self):
        return "".join(self.certificate.read_text().strip().splitlines()[1:-1])


class Pysaml2:
    """PyPI `pysaml2`."""

    name = "pysaml2"

    def __init__(self, folder):
        from saml2 import config, metadata, server

        keys = KeyPair(folder)
        maps = folder / "maps"
        maps.mkdir()
        names = [f"{AWS}{name}" for name in ("Role", "RoleSessionName", "SessionDuration", "PrincipalTag:team", "TransitiveTagKeys")]
        same = {name: name for name in names}
        (maps / "aws.py").write_text(
            f"MAP = {{'identifier': 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri', 'fro': {same!r}, 'to': {same!r}}}\n"
        )
        self.entity = "https://pysaml2.example.test/idp"
        service = (
            f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{AUDIENCE}"><SPSSODescriptor '
            'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" WantAssertionsSigned="true">'
            '<KeyDescriptor use="encryption"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>'
            f"{keys.der()}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
            '<AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" '
            f'Location="{ACS}" index="1"/></SPSSODescriptor></EntityDescriptor>'
        )
        settings = {
            "entityid": self.entity, "key_file": str(keys.key), "cert_file": str(keys.certificate), "xmlsec_binary": "/usr/bin/xmlsec1",
            "attribute_map_dir": str(maps), "metadata": {"inline": [service]},
            "service": {"idp": {
                "endpoints": {"single_sign_on_service": [("https://pysaml2.example.test/sso", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect")]},
                "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None,
                                       "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}},
            }},
        }
        self.server = server.Server(config=config.IdPConfig().load(settings))
        self.document = metadata.create_metadata_string(None, self.server.config, sign=False).decode()

    def metadata(self):
        return self.document

    def response(self, person, attributes, *, sign_response=False, sign_assertion=True, encrypt=False):
        from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID

        answer = self.server.create_authn_response(
            {name: list(values) for name, values in attributes.items()},
            in_response_to=None, destination=ACS, sp_entity_id=AUDIENCE,
            name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=person), userid=person,
            authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "authn_auth": self.entity},
            sign_response=sign_response, sign_assertion=sign_assertion, encrypt_assertion=encrypt,
            sign_alg="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", digest_alg="http://www.w3.org/2001/04/xmlenc#sha256",
        )
        return base64.b64encode(str(answer).encode()).decode()

    def stop(self):
        pass


class Samlp:
    """npm `samlp`."""

    name = "samlp"

    def __init__(self, folder):
        self.keys = KeyPair(folder)
        self.entity = "urn:samlp.example.test"

    def ask(self, **question):
        question |= {"key": str(self.keys.key), "certificate": str(self.keys.certificate), "issuer": self.entity, "recipient": ACS, "audience": AUDIENCE}
        told = subprocess.run(
            ["node", str(HERE / "node/saml.mjs")], input=json.dumps(question), capture_output=True, text=True, check=True, env=clean_environment()
        )
        return told.stdout

    def metadata(self):
        return self.ask(what="metadata")

    def response(self, person, attributes, *, sign_response=False):
        xml = self.ask(what="response", person=person, attributes=attributes, signResponse=sign_response)
        return base64.b64encode(xml.encode()).decode()

    def stop(self):
        pass


class SimpleSamlPhp:
    """Debian's SimpleSAMLphp, signed in to through its login page."""

    name = "simplesamlphp"

    def __init__(self, folder):
        keys, port = KeyPair(folder), free_port()
        self.base = f"http://127.0.0.1:{port}"
        self.entity = f"{self.base}/saml2/idp/metadata.php"
        self.people = {}
        self.folder = folder / "conf"
        (self.folder / "metadata").mkdir(parents=True)
        for name in ("log", "data", "tmp"):
            (folder / name).mkdir()
        self.write("config.php", f"""
            $config = ['baseurlpath' => '{self.base}/', 'certdir' => '{folder}/', 'loggingdir' => '{folder}/log/', 'datadir' => '{folder}/data/',
              'tempdir' => '{folder}/tmp', 'secretsalt' => '{uuid.uuid4().hex}', 'auth.adminpassword' => '{uuid.uuid4().hex}', 'timezone' => 'UTC',
              'enable.saml20-idp' => true, 'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
              'session.cookie.secure' => false, 'session.phpsession.cookiename' => 'SimpleSAML', 'store.type' => 'phpsession',
              'logging.handler' => 'file', 'metadatadir' => '{self.folder}/metadata/', 'metadata.sources' => [['type' => 'flatfile']], 'language.default' => 'en', 'theme.use' => 'default',
              'production' => true, 'trusted.url.domains' => [], 'session.duration' => 3600, 'admin.protectindexpage' => false];""")
        self.write("metadata/saml20-idp-hosted.php", f"""
            $metadata['{self.entity}'] = ['host' => '__DEFAULT__', 'privatekey' => 'idp.key', 'certificate' => 'idp.crt', 'auth' => 'people',
              'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', 'userid.attribute' => 'uid',
              'authproc' => [3 => ['class' => 'saml:AttributeNameID', 'attribute' => 'uid', 'Format' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent']],
              'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'];""")
        self.write("metadata/saml20-sp-remote.php", f"""
            $metadata['{AUDIENCE}'] = ['AssertionConsumerService' => '{ACS}', 'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
              'simplesaml.nameidattribute' => 'uid', 'saml20.sign.response' => true, 'saml20.sign.assertion' => true];""")
        self.write_people()
        self.process = subprocess.Popen(
            ["php", "-S", f"127.0.0.1:{port}", "-t", str(SIMPLESAMLPHP / "www")],
            stdout=open(folder / "php.log", "wb"), stderr=subprocess.STDOUT, env=clean_environment() | {"SIMPLESAMLPHP_CONFIG_DIR": str(self.folder)},
        )
        for _ in range(200):
            try:
                if requests.get(self.entity, timeout=5).ok:
                    return
            except requests.ConnectionError:
                pass
            assert self.process.poll() is None, (folder / "php.log").read_text()
            time.sleep(0.05)
        raise AssertionError((folder / "php.log").read_text()[-3000:])

    def write(self, name, text):
        (self.folder / name).write_text("<?php\n" + textwrap.dedent(text).strip() + "\n")

    def write_people(self):
        entries = ""
        for person, attributes in self.people.items():
            values = ", ".join(f"'{name}' => [{', '.join(repr(value) for value in own)}]" for name, own in attributes.items())
            entries += f", '{person}:secret' => ['uid' => ['{person}'], {values}]"
        self.write("authsources.php", f"$config = ['people' => ['exampleauth:UserPass'{entries}]];")

    def metadata(self):
        return requests.get(self.entity, timeout=20).text

    def response(self, person, attributes):
        self.people[person] = attributes
        self.write_people()
        browser = requests.Session()
        page = browser.get(f"{self.base}/saml2/idp/SSOService.php", params={"spentityid": AUDIENCE}, timeout=20)
        state = re.search(r'name="AuthState" value="([^"]+)"', page.text).group(1).replace("&amp;", "&")
        page = browser.post(page.url.split("?")[0], data={"username": person, "password": "secret", "AuthState": state}, timeout=20)
        return re.search(r'name="SAMLResponse" value="([^"]+)"', page.text).group(1)

    def stop(self):
        self.process.kill()
        self.process.wait()


# SimpleSAMLphp is not in every Debian.
PROVIDERS = [Pysaml2, Samlp] + ([SimpleSamlPhp] if SIMPLESAMLPHP.exists() else [])


class Registered:
    """A provider as boto3 registered it, and a role that trusts it."""

    def __init__(self, server, idp):
        self.server, self.idp = server, idp
        self.name = f"{idp.name}-{uuid.uuid4().hex[:8]}"
        self.iam = server.client("iam")
        self.arn = self.iam.create_saml_provider(SAMLMetadataDocument=idp.metadata(), Name=self.name)["SAMLProviderArn"]
        self.trust = {
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Federated": self.arn},
                "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
                "Condition": {"StringEquals": {"SAML:aud": ACS, "saml:iss": idp.entity}},
            }],
        }
        self.role = self.make_role(self.name, self.trust)

    def make_role(self, name, trust):
        return self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]

    def attributes(self, *roles, **more):
        pairs = [f"{role},{self.arn}" for role in roles or [self.role]]
        return {f"{AWS}Role": pairs, f"{AWS}RoleSessionName": ["ada@example.test"]} | {f"{AWS}{k}": v for k, v in more.items()}

    def assume(self, response, **more):
        sts = self.server.client("sts", unsigned=True)
        return sts.assume_role_with_saml(RoleArn=self.role, PrincipalArn=self.arn, SAMLAssertion=response, **more)


@pytest.fixture(scope="module", params=PROVIDERS, ids=lambda provider: provider.name)
def registered(request, server, tmp_path_factory):
    idp = request.param(tmp_path_factory.mktemp(request.param.name))
    yield Registered(server, idp)
    idp.stop()


def refused(code, call, *arguments, message=None, **members):
    with pytest.raises(ClientError) as refusal:
        call(*arguments, **members)
    error = refusal.value.response["Error"]
    assert error["Code"] == code, error
    assert message is None or message in error["Message"], error


def test_an_assertion_becomes_a_session(registered, server):
    response = registered.idp.response("ada", registered.attributes(SessionDuration=["1800"]))
    made = registered.assume(response)
    assert (made["Subject"], made["SubjectType"], made["Issuer"]) == ("ada", "persistent", registered.idp.entity)
    assert made["Audience"] == ACS and made["NameQualifier"]
    assert made["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{registered.name}/ada@example.test"
    left = made["Credentials"]["Expiration"].timestamp() - time.time()
    assert 1700 < left <= 1801
    who = server.client("sts", keys_of(made["Credentials"])).get_caller_identity()
    assert who["Arn"] == made["AssumedRoleUser"]["Arn"]


def test_tags_reach_the_session(registered, server):
    if registered.idp.name == "simplesamlphp":
        attributes = registered.attributes() | {f"{AWS}PrincipalTag:team": ["red"]}
    else:
        attributes = registered.attributes() | {f"{AWS}PrincipalTag:team": ["red"], f"{AWS}TransitiveTagKeys": ["team"]}
    registered.iam.put_role_policy(RoleName=registered.name, PolicyName="own", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}}],
    }))
    tagged = registered.assume(registered.idp.response("ada", attributes))
    server.client("iam", keys_of(tagged["Credentials"])).list_users()
    plain = registered.assume(registered.idp.response("grace", registered.attributes()))
    refused("AccessDenied", server.client("iam", keys_of(plain["Credentials"])).list_users)


def test_changed_responses_are_refused(registered):
    response = registered.idp.response("ada", registered.attributes())
    xml = base64.b64decode(response).decode()
    assert ">ada<" in xml
    changed = base64.b64encode(xml.replace(">ada<", ">root<").encode()).decode()
    refused("InvalidIdentityToken", registered.assume, changed, message="Response signature invalid")
    stripped = re.sub(r"<(\w+:)?Signature[ >].*?</(\w+:)?Signature>", "", xml, flags=re.S)
    refused("InvalidIdentityToken", registered.assume, base64.b64encode(stripped.encode()).decode(), message="Response signature invalid")
    refused("InvalidIdentityToken", registered.assume, base64.b64encode(xml[:-40].encode()).decode())
    other = registered.idp.response("ada", registered.attributes(f"arn:aws:iam::{ACCOUNT}:role/Other"))
    refused("AccessDenied", registered.assume, other, message="Not authorized to perform sts:AssumeRoleWithSAML")


def test_an_identity_pool_takes_the_same_assertion_twice(registered, server):
    admin, identity = server.client("cognito-identity"), server.client("cognito-identity", unsigned=True)
    pool = admin.create_identity_pool(IdentityPoolName="saml", AllowUnauthenticatedIdentities=False, SamlProviderARNs=[registered.arn])["IdentityPoolId"]
    name = f"{registered.name}-pool"
    role = registered.make_role(name, {
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": pool}},
        }],
    })
    logins = {registered.arn: registered.idp.response("ada", registered.attributes(role))}
    mine = identity.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"]
    credentials = identity.get_credentials_for_identity(IdentityId=mine, Logins=logins)["Credentials"]
    who = server.client("sts", keys_of(credentials)).get_caller_identity()
    assert who["Arn"].endswith(f":assumed-role/{name}/CognitoIdentityCredentials")
    again = {registered.arn: registered.idp.response("ada", registered.attributes(role))}
    assert identity.get_id(IdentityPoolId=pool, Logins=again)["IdentityId"] == mine
    refused("NotAuthorizedException", identity.get_id, IdentityPoolId=pool, Logins={registered.arn: "AAAA"})
    admin.delete_identity_pool(IdentityPoolId=pool)


def test_what_is_signed_is_the_providers_choice(server, tmp_path):
    registered = Registered(server, Pysaml2(tmp_path))
    attributes = registered.attributes()
    for response, assertion in ((True, False), (False, True), (True, True)):
        made = registered.assume(registered.idp.response("ada", attributes, sign_response=response, sign_assertion=assertion))
        assert made["Subject"] == "ada"
    nothing = registered.idp.response("ada", attributes, sign_response=False, sign_assertion=False)
    refused("InvalidIdentityToken", registered.assume, nothing, message="Response signature invalid")
    encrypted = registered.idp.response("ada", attributes, encrypt=True)
    assert "EncryptedAssertion" in base64.b64decode(encrypted).decode()
    refused("InvalidIdentityToken", registered.assume, encrypted, message="Encrypted assertions are not supported.")


def test_the_life_of_a_provider(server, tmp_path):
    iam, idp = server.client("iam"), Samlp(tmp_path)
    document, name = idp.metadata(), f"life-{uuid.uuid4().hex[:8]}"
    made = iam.create_saml_provider(SAMLMetadataDocument=document, Name=name, Tags=[{"Key": "team", "Value": "red"}])
    arn = made["SAMLProviderArn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:saml-provider/{name}" and made["Tags"] == [{"Key": "team", "Value": "red"}]
    refused("EntityAlreadyExists", iam.create_saml_provider, SAMLMetadataDocument=document, Name=name)
    shown = iam.get_saml_provider(SAMLProviderArn=arn)
    assert shown["SAMLMetadataDocument"] == document and shown["AssertionEncryptionMode"] == "Allowed"
    assert arn in [entry["Arn"] for entry in iam.list_saml_providers()["SAMLProviderList"]]
    iam.tag_saml_provider(SAMLProviderArn=arn, Tags=[{"Key": "cost", "Value": ""}])
    iam.untag_saml_provider(SAMLProviderArn=arn, TagKeys=["TEAM"])
    assert iam.list_saml_provider_tags(SAMLProviderArn=arn)["Tags"] == [{"Key": "cost", "Value": ""}]
    changed = document + "\n"
    assert iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=changed)["SAMLProviderArn"] == arn
    assert iam.get_saml_provider(SAMLProviderArn=arn)["SAMLMetadataDocument"] == changed
    refused("InvalidInput", iam.update_saml_provider, SAMLProviderArn=arn, SAMLMetadataDocument=f"<a/>{' ' * 1000}")
    iam.delete_saml_provider(SAMLProviderArn=arn)
    refused("NoSuchEntity", iam.get_saml_provider, SAMLProviderArn=arn)


def test_the_aws_cli_does_what_the_documents_say(server, tmp_path):
    """The commands of `docs/saml.md`."""
    idp, name = Samlp(tmp_path), f"cli-{uuid.uuid4().hex[:8]}"
    arn, role = f"arn:aws:iam::{ACCOUNT}:saml-provider/{name}", f"arn:aws:iam::{ACCOUNT}:role/{name}"
    (tmp_path / "metadata.xml").write_text(idp.metadata())
    trust = re.search(r"'(\{ \"Version\".*?\] \})'", (HERE.parent / "docs/saml.md").read_text(), re.S).group(1).replace("saml-provider/idp", f"saml-provider/{name}")

    def aws(*arguments):
        environment = clean_environment() | {
            "AWS_ENDPOINT_URL": server.endpoint, "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": server.root[0], "AWS_SECRET_ACCESS_KEY": server.root[1],
        }
        told = subprocess.run([sys.executable, "-m", "awscli", *arguments], capture_output=True, text=True, cwd=tmp_path, env=environment)
        assert told.returncode == 0, told.stderr
        return json.loads(told.stdout)

    made = aws("iam", "create-saml-provider", "--name", name, "--saml-metadata-document", "file://metadata.xml")
    assert made["SAMLProviderArn"] == arn
    aws("iam", "create-role", "--role-name", name, "--assume-role-policy-document", trust)
    attributes = {f"{AWS}Role": [f"{role},{arn}"], f"{AWS}RoleSessionName": ["ada"]}
    (tmp_path / "response.b64").write_text(idp.response("ada", attributes))
    session = aws("sts", "assume-role-with-saml", "--role-arn", role, "--principal-arn", arn, "--saml-assertion", "file://response.b64")
    assert session["Subject"] == "ada" and session["Credentials"]["SessionToken"]
