"""`daypass dev` and `daypass tour`: the first minute, as a newcomer has it."""

import re
import subprocess
import time

import pytest
import requests
from botocore.exceptions import ClientError

from conftest import Server, binary, clean_environment, free_port


class Dev:
    def __init__(self, folder, port=None):
        self.folder, self.port = folder, port or free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [binary(), "dev", "--data", str(self.folder / "data"), "--listen", f"127.0.0.1:{self.port}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean_environment(),
        )
        for _ in range(600):
            try:
                sample = requests.get(f"{self.endpoint}/_daypass/sample", timeout=1)
                if sample.ok:
                    self.sample = sample.json()
                    return self
            except requests.ConnectionError:
                pass
            assert self.process.poll() is None, self.process.stdout.read()
            time.sleep(0.05)
        raise AssertionError("`dev` does not set its sample up")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.output = self.process.communicate(timeout=20)[0]
        return self.output


@pytest.fixture
def dev(tmp_path, store):
    dev = Dev(tmp_path).start()
    yield dev
    dev.stop()


def run(*arguments, **environment):
    return subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=60, env=clean_environment() | environment)


def test_the_tour_holds_twice_and_after_a_restart(dev):
    first = run("tour", "--endpoint", dev.endpoint)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "steps held" in first.stdout and "FAIL" not in first.stdout
    again = run("tour", "--endpoint", dev.endpoint)
    assert again.returncode == 0, again.stdout + again.stderr
    pool = dev.sample["pool"]
    dev.stop()
    dev.start()
    assert dev.sample["pool"] == pool
    assert run("tour", "--endpoint", dev.endpoint).returncode == 0
    # Another port is another issuer; the sample follows.
    dev.stop()
    moved = Dev(dev.folder).start()
    try:
        assert moved.sample["pool"] == pool
        assert run("tour", "--endpoint", moved.endpoint).returncode == 0
    finally:
        moved.stop()


def test_what_dev_prints_works_when_pasted(dev):
    import boto3

    output = dev.stop()
    dev.start()
    settings = dict(re.findall(r"export (AWS_\w+)=(\S+)", output))
    client = boto3.client(
        "cognito-identity", endpoint_url=settings["AWS_ENDPOINT_URL"], region_name=settings["AWS_REGION"],
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"], aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
    )
    pools = client.list_identity_pools(MaxResults=10)["IdentityPools"]
    assert [pool["IdentityPoolId"] for pool in pools] == [dev.sample["pool"]]
    assert dev.sample["pool"] in output


@pytest.mark.parametrize("provider", ["www.amazon.com", "graph.facebook.com"])
def test_social_logins_can_be_tried(dev, provider):
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    token = requests.post(f"{dev.sample['issuer']}/social", data={"player": "player-ada"}, timeout=10).json()["access_token"]
    client = boto3.client("cognito-identity", endpoint_url=dev.endpoint, region_name="us-east-1", config=Config(signature_version=UNSIGNED))
    arguments = {"IdentityPoolId": dev.sample["pool"]}
    identity = client.get_id(Logins={provider: token}, **arguments)["IdentityId"]
    assert client.get_id(Logins={provider: token}, **arguments)["IdentityId"] == identity
    credentials = client.get_credentials_for_identity(IdentityId=identity, Logins={provider: token})
    assert credentials["Credentials"]["AccessKeyId"].startswith("ASIA")
    with pytest.raises(ClientError) as caught:
        client.get_id(Logins={provider: token + "x"}, **arguments)
    assert caught.value.response["Error"]["Code"] == "NotAuthorizedException"


def test_codes_work_once_and_for_who_asked(dev):
    import base64
    import hashlib

    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    wanted = {
        "response_type": "code", "client_id": "x", "redirect_uri": "http://127.0.0.1:9999/cb", "scope": "openid",
        "code_challenge": challenge, "code_challenge_method": "S256", "state": "s", "nonce": "n",
    }
    issuer = dev.sample["issuer"]
    page = requests.get(f"{issuer}/authorize", params=wanted, timeout=10)
    assert page.ok and "Ada" in page.text and "script" not in page.headers["content-security-policy"].replace("default-src", "")
    redirect = requests.post(f"{issuer}/authorize", data=wanted | {"player": "player-ada"}, allow_redirects=False, timeout=10)
    code = re.search(r"code=([^&]+)&state=s", redirect.headers["location"]).group(1)
    exchange = {"grant_type": "authorization_code", "code": code, "redirect_uri": wanted["redirect_uri"], "client_id": "x"}
    assert requests.post(f"{issuer}/token", data=exchange | {"code_verifier": "wrong"}, timeout=10).status_code == 400
    # The wrong answer used the code up.
    assert requests.post(f"{issuer}/token", data=exchange | {"code_verifier": "v" * 43}, timeout=10).status_code == 400
    foreign = requests.get(f"{issuer}/authorize", params=wanted | {"redirect_uri": "https://evil.example/"}, timeout=10)
    assert foreign.status_code == 400


def test_dev_and_serve_refuse_each_others_stores(dev, provider, tmp_path, store):
    dev.stop()
    served = run("serve", "--data", str(dev.folder / "data"), DAYPASS_MASTER_KEY=(dev.folder / "data/master.key").read_text())
    assert served.returncode == 1 and "`data`" in served.stderr and "daypass dev" in served.stderr
    server = Server(tmp_path / "served", "embedded", provider).start()
    server.stop()
    refused = run("dev", "--data", str(server.folder / "data"), "--listen", f"127.0.0.1:{free_port()}", DAYPASS_MASTER_KEY=server.master)
    assert refused.returncode == 1 and "daypass serve" in refused.stderr


@pytest.mark.parametrize(
    "arguments, key",
    [
        (["dev", "--listen", "0.0.0.0:4567"], "`listen`"),
        (["serve"], "`master_key_file`"),
        (["serve", "--region", "US EAST"], "`region`"),
        (["serve", "--account-id", "12"], "`accounts`"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_names_its_key(arguments, key, tmp_path):
    ended = run(*arguments, "--data", str(tmp_path / "none"))
    assert ended.returncode == 1
    assert key in ended.stderr and "for example" in ended.stderr
    assert not (tmp_path / "none").exists()


def test_an_unknown_setting_is_named(tmp_path):
    (tmp_path / "c.toml").write_text('listen = "127.0.0.1:4566"\nlisten_adress = "x"\n')
    ended = run("serve", "--config", str(tmp_path / "c.toml"))
    assert ended.returncode == 1 and "listen_adress" in ended.stderr


def test_tour_tells_when_nobody_answers():
    ended = run("tour", "--endpoint", f"http://127.0.0.1:{free_port()}")
    assert ended.returncode == 1 and "no answer from" in ended.stderr
