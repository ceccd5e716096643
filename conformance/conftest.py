"""The real binary, a real provider, and what every test needs of them."""

import base64
import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import time
import uuid

import boto3
import engines
import names
import psycopg
import pytest
import requests
from botocore.config import Config

HERE = pathlib.Path(__file__).parent
REGION = "us-east-1"
ACCOUNT = "000000000000"
BUCKET = "game-profiles"
TABLE = "game-scores"


def pytest_addoption(parser):
    parser.addoption("--store", choices=["embedded", "postgres"], default="embedded")
    parser.addoption("--engine", choices=list(engines.LACKS), default="embedded")


def pytest_configure(config):
    config.addinivalue_line("markers", "needs(what, …): what an engine must have for the test to pass")


def pytest_collection_modifyitems(config, items):
    """What an engine lacks fails there, and nothing else does."""
    lacks = engines.LACKS[config.getoption("--engine")]
    for item in items:
        for mark in item.iter_markers("needs"):
            for what in mark.args:
                if what in lacks:
                    item.add_marker(pytest.mark.xfail(reason=lacks[what], strict=True))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def binary():
    return os.environ.get("DAYPASS_BINARY", str(HERE.parent / "target/debug/daypass"))


def clean_environment():
    """Neither the caller's AWS settings nor their private authorities reach a test."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "DAYPASS_")) and not k.endswith("_CA_BUNDLE")}


class Provider:
    """npm `oidc-provider`, asked as a browser would ask it."""

    def __init__(self):
        self.port = free_port()
        self.name = f"127.0.0.1:{self.port}"
        self.issuer = f"http://{self.name}"
        self.process = subprocess.Popen(
            ["node", str(HERE / "node/provider.mjs"), str(self.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=clean_environment(),
        )
        assert "listening" in self.process.stdout.readline()

    def stop(self):
        self.process.kill()
        self.process.wait()

    def rotate(self):
        requests.post(f"{self.issuer}/__rotate", timeout=10).raise_for_status()

    def sign_in(self, subject, client="game", nonce=None):
        """An ID token by the authorization code flow with PKCE, page by page."""
        import hashlib
        import re
        from urllib.parse import parse_qs, urljoin, urlparse

        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        browser = requests.Session()
        redirect = "http://127.0.0.1:9999/cb"
        parameters = {
            "client_id": client,
            "response_type": "code",
            "redirect_uri": redirect,
            "scope": "openid",
            "nonce": nonce or secrets.token_urlsafe(8),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        answer = browser.get(f"{self.issuer}/auth", params=parameters, allow_redirects=False, timeout=10)
        for _ in range(12):
            if answer.is_redirect:
                location = urljoin(answer.url, answer.headers["location"])
                if location.startswith(redirect):
                    code = parse_qs(urlparse(location).query)["code"][0]
                    break
                answer = browser.get(location, allow_redirects=False, timeout=10)
                continue
            prompt = re.search(r'name="prompt" value="(login|consent)"', answer.text).group(1)
            action = re.search(r'action="([^"]+)"', answer.text).group(1)
            answer = browser.post(
                urljoin(answer.url, action),
                data={"prompt": prompt, "login": subject, "password": "x"},
                allow_redirects=False,
                timeout=10,
            )
        tokens = browser.post(
            f"{self.issuer}/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect,
                "client_id": client,
                "code_verifier": verifier,
            },
            timeout=10,
        )
        tokens.raise_for_status()
        return tokens.json()["id_token"]


class Server:
    """`daypass serve` on a store of its own, or beside another one. It can be killed and started again."""

    def __init__(self, folder, store, provider, listen=None, settings="", sections="", beside=None, limits="failures_per_address = 0\nunsigned_per_address = 0\nunsigned_per_pool = 0\nguests_per_address = 0\nguests_per_pool = 0\n"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = listen or free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.root = ("AKIAROOTROOTROOTROOT", secrets.token_urlsafe(30))
        self.master = base64.b64encode(secrets.token_bytes(32)).decode()
        self.audit = self.folder / "audit.jsonl"
        self.log = open(self.folder / "server.log", "ab")
        self.process = None
        self.store = None
        if beside:
            self.root, self.master, self.store = beside.root, beside.master, beside.store
        elif store == "postgres":
            self.store = new_database()
            subprocess.run([binary(), "admin", "migrate", "--store", self.store], check=True, env=clean_environment(), stdout=self.log, stderr=self.log)
        config = f'listen = "127.0.0.1:{self.port}"\ndata = "{self.folder}/data"\n{settings}'
        if self.store:
            config += f'store = "{self.store}"\n'
        config += f'[audit]\nfile = "{self.audit}"\n[limits]\n{limits}[federation]\nallowed_hosts = ["{provider.name}"]\n{sections}'
        self.config = self.folder / "daypass.toml"
        self.config.write_text(config)

    def start(self, wrapper=(), **environment):
        started = clean_environment() | {
            "DAYPASS_MASTER_KEY": self.master,
            "DAYPASS_ROOT_ACCESS_KEY_ID": self.root[0],
            "DAYPASS_ROOT_SECRET_ACCESS_KEY": self.root[1],
        } | environment
        self.process = subprocess.Popen(
            [*wrapper, binary(), "serve", "--config", str(self.config)], env=started, stdout=self.log, stderr=self.log,
            start_new_session=True,
        )
        for _ in range(600):
            try:
                if requests.get(f"{self.endpoint}/_daypass/ready", timeout=1).ok:
                    return self
            except requests.ConnectionError:
                pass
            assert self.process.poll() is None, f"the server stopped: {self.logged()}"
            time.sleep(0.05)
        raise AssertionError("the server does not get ready")

    def signal(self, which):
        """To the whole group: a wrapper (`strace`, `faketime`) runs the server as its child. False if none is left."""
        try:
            os.killpg(self.process.pid, which)
            return True
        except ProcessLookupError:
            return False

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(20)
                # The wrapper may be gone before the server is; what still runs after a while is killed.
                for _ in range(200):
                    if not self.signal(0):
                        return
                    time.sleep(0.05)
            except subprocess.TimeoutExpired:
                pass
            self.kill()

    def logged(self):
        return (self.folder / "server.log").read_text()[-3000:]

    def audited(self):
        return [json.loads(line) for line in self.audit.read_text().splitlines()]

    def client(self, service, credentials=None, unsigned=False, **config):
        from botocore import UNSIGNED

        keys = {}
        options = {"retries": {"max_attempts": 1}, "s3": {"addressing_style": "path"}, **config}
        if unsigned:
            options["signature_version"] = UNSIGNED
        else:
            access, secret, *token = credentials or self.root
            keys = {"aws_access_key_id": access, "aws_secret_access_key": secret}
            if token:
                keys["aws_session_token"] = token[0]
        client = boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, config=Config(**options), **keys)
        return names.watch(client)


def new_database():
    url = os.environ["DAYPASS_TEST_POSTGRES"]
    name = f"daypass_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url.rsplit("/", 1)[0] + "/" + name


def keys_of(credentials):
    """The credentials of GetCredentialsForIdentity or of STS."""
    return (
        credentials["AccessKeyId"],
        credentials.get("SecretKey") or credentials["SecretAccessKey"],
        credentials["SessionToken"],
    )


class Game:
    """The sample game, set up by boto3 through the wire as an administrator would."""

    def __init__(self, server, provider, has_engines=True):
        self.server, self.provider = server, provider
        iam, identity = server.client("iam"), server.client("cognito-identity")
        arns = [p["Arn"] for p in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
        self.provider_arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{provider.name}"
        if self.provider_arn not in arns:
            iam.create_open_id_connect_provider(Url=provider.issuer, ClientIDList=["game", "game-ec", "short"], ThumbprintList=["0" * 40])
        suffix = uuid.uuid4().hex[:8]
        self.pool = identity.create_identity_pool(
            IdentityPoolName=f"game {suffix}",
            AllowUnauthenticatedIdentities=True,
            OpenIdConnectProviderARNs=[self.provider_arn],
        )["IdentityPoolId"]
        self.bucket, self.table = f"{BUCKET}-{suffix}", f"{TABLE}-{suffix}"
        if has_engines:
            self._make_bucket_and_table()
        self.role = self._role(iam, f"Player-{suffix}", "authenticated", self.player_policy())
        self.guest_role = self._role(iam, f"Guest-{suffix}", "unauthenticated", self.guest_policy())
        self.role_name, self.guest_role_name = f"Player-{suffix}", f"Guest-{suffix}"
        identity.set_identity_pool_roles(
            IdentityPoolId=self.pool, Roles={"authenticated": self.role, "unauthenticated": self.guest_role}
        )

    def _make_bucket_and_table(self):
        self.server.client("s3").create_bucket(Bucket=self.bucket)
        self.server.client("dynamodb").create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "player", "KeyType": "HASH"}, {"AttributeName": "game", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "player", "AttributeType": "S"},
                {"AttributeName": "game", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )

    def _role(self, iam, name, amr, policy):
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(self.trust(amr)))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="game", PolicyDocument=json.dumps(policy))
        return arn

    def trust(self, amr, pool=None):
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": "cognito-identity.amazonaws.com"},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {
                        "StringEquals": {"cognito-identity.amazonaws.com:aud": pool or self.pool},
                        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr},
                    },
                }
            ],
        }

    def player_policy(self):
        sub = "${cognito-identity.amazonaws.com:sub}"
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
                    "Resource": f"arn:aws:s3:::{self.bucket}/{sub}/*",
                },
                {
                    "Effect": "Allow",
                    "Action": "s3:ListBucket",
                    "Resource": f"arn:aws:s3:::{self.bucket}",
                    "Condition": {"StringLike": {"s3:prefix": [f"{sub}/*"]}},
                },
                {
                    "Effect": "Allow",
                    "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Query",
                               "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"],
                    "Resource": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{self.table}",
                    "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [sub]}},
                },
            ],
        }

    def guest_policy(self):
        return {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{self.bucket}/public/*"},
                {"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*"},
            ],
        }

    def logins(self, token):
        return {self.provider.name: token}

    def identity_of(self, token=None):
        identity = self.server.client("cognito-identity", unsigned=True)
        logins = {"Logins": self.logins(token)} if token else {}
        return identity.get_id(IdentityPoolId=self.pool, **logins)["IdentityId"]

    def credentials(self, identity_id, token=None, **more):
        identity = self.server.client("cognito-identity", unsigned=True)
        logins = {"Logins": self.logins(token)} if token else {}
        return identity.get_credentials_for_identity(IdentityId=identity_id, **logins, **more)

    def player(self, subject, client="game"):
        """A signed-in player: identity id and keys."""
        token = self.provider.sign_in(subject, client)
        identity_id = self.identity_of(token)
        return identity_id, keys_of(self.credentials(identity_id, token)["Credentials"])

    def guest(self):
        identity_id = self.identity_of()
        return identity_id, keys_of(self.credentials(identity_id)["Credentials"])


@pytest.fixture(scope="session")
def store(request):
    return request.config.getoption("--store")


@pytest.fixture(scope="session")
def provider():
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture(scope="session")
def engine(request):
    return request.config.getoption("--engine")


@pytest.fixture(scope="session")
def engine_sections(engine, tmp_path_factory, provider):
    """The settings of the engine that keeps tables or objects; none for the embedded one."""
    if engine == "embedded":
        yield ""
        return
    folder = tmp_path_factory.mktemp("engine")
    if engine == "daypass":
        running = Server(folder, "embedded", provider).start()
        more = "tags_uploads = true\n"
        yield engines.settings(running.endpoint, folder, running.root) + engines.object_settings(running.endpoint, folder, running.root, more)
    elif engine == "radosgw":
        running = engines.Gateway(folder)
        yield engines.object_settings(running.endpoint, folder, running.keys, "bare_entity_tags = true\n")
    else:
        start = {"dynalite": engines.dynalite, "dynamodb-local": engines.dynamodb_local}[engine]
        running = start(folder, free_port())
        yield engines.settings(running.endpoint, folder)
    running.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory, store, provider, engine_sections):
    server = Server(tmp_path_factory.mktemp("server"), store, provider, sections=engine_sections).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def game(server, provider):
    return Game(server, provider)


@pytest.fixture
def fresh_game(server, provider):
    return Game(server, provider)
