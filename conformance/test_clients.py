"""Clients that apps ship and people type: Amplify, the AWS SDK for JavaScript v2, the AWS CLI."""

import json
import re
import subprocess
import sys
import uuid
from pathlib import Path

from conftest import ACCOUNT, HERE, REGION, clean_environment


def node(script, **settings):
    run = subprocess.run(
        ["node", str(HERE / "node" / script), json.dumps(settings)],
        capture_output=True, text=True, env=clean_environment(), timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_amplify_upgrades_a_guest_and_refreshes(server, game, provider):
    subject = f"amplify-{uuid.uuid4().hex[:8]}"
    seen = node("amplify.mjs", endpoint=server.endpoint, pool=game.pool, token=provider.sign_in(subject))
    assert seen["guest"] == seen["player"], "a guest who signs in keeps the identity"
    assert seen["isCached"] and seen["isFresh"]
    keys = seen["playerKeys"]
    s3 = server.client("s3", (keys["accessKeyId"], keys["secretAccessKey"], keys["sessionToken"]))
    s3.put_object(Bucket=game.bucket, Key=f"{seen['player']}/amplify", Body=b"x")
    assert game.identity_of(provider.sign_in(subject)) == seen["player"]


def test_the_javascript_sdk_calls_everything(server, game, provider):
    settings = {
        "endpoint": server.endpoint, "region": REGION, "account": ACCOUNT, "keys": server.root, "pool": game.pool, "role": game.role,
        "provider": {"name": provider.name, "arn": game.provider_arn},
        "token": provider.sign_in("every"), "other": provider.sign_in("leaving"),
        "metadata": (HERE.parent / "crates/federation/tests/saml/metadata.xml").read_text(),
    }
    called = set(node("every.mjs", **settings))
    sections = re.split(r"^## ", (HERE.parent / "COMPATIBILITY.md").read_text(), flags=re.M)
    rows = {
        operation
        for section in sections
        if section.startswith(("Amazon Cognito Identity", "Cognito Identity", "AWS STS", "AWS IAM"))
        for operation, state in re.findall(r"^\| ([A-Z]\w+) \| (done|partial|absent) \|", section, re.M)
        if state != "absent"
    }
    # Elsewhere with boto3: they need an assertion of a real provider, and a denial.
    assert rows - called == {"AssumeRoleWithSAML", "DecodeAuthorizationMessage"}


def test_the_javascript_sdk_of_before(server, game, provider):
    subject = f"sdk2-{uuid.uuid4().hex[:8]}"
    seen = node(
        "sdk2.mjs", endpoint=server.endpoint, region=REGION, pool=game.pool, provider=provider.name,
        token=provider.sign_in(subject), role=game.role,
    )
    assert f":assumed-role/{game.guest_role_name}/" in seen["guest"]
    assert seen["identity"] == seen["guestIdentity"] == game.identity_of(provider.sign_in(subject))
    assert f":assumed-role/{game.role_name}/CognitoIdentityCredentials" in seen["enhanced"]
    assert seen["basic"].endswith(f":assumed-role/{game.role_name}/sdk2")


def test_the_command_line_with_a_token_in_a_file(server, game, provider, tmp_path):
    """A profile with `web_identity_token_file`: the CLI assumes the role by itself, and syncs a folder."""
    token = provider.sign_in("cli")
    identity = game.identity_of(token)
    opened = server.client("cognito-identity", unsigned=True).get_open_id_token(IdentityId=identity, Logins=game.logins(token))
    (tmp_path / "token").write_text(opened["Token"])
    (tmp_path / "config").write_text(
        f"[profile game]\nregion = {REGION}\nrole_arn = {game.role}\nrole_session_name = cli\n"
        f"web_identity_token_file = {tmp_path}/token\nendpoint_url = {server.endpoint}\ns3 =\n  addressing_style = path\n"
    )
    folder = tmp_path / "saves"
    folder.mkdir()
    (folder / "one.txt").write_text("1")
    (folder / "two.txt").write_text("2")
    environment = clean_environment() | {
        "AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"), "HOME": str(tmp_path),
        "AWS_PROFILE": "game", "AWS_EC2_METADATA_DISABLED": "true",
    }

    def aws(*arguments):
        command = [sys.executable, str(Path(sys.executable).parent / "aws"), *arguments, "--output", "json"]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)

    who = aws("sts", "get-caller-identity")
    assert who.returncode == 0, who.stderr
    assert json.loads(who.stdout)["Arn"].endswith(f":assumed-role/{game.role_name}/cli")
    synced = aws("s3", "sync", str(folder), f"s3://{game.bucket}/{identity}/saves/")
    assert synced.returncode == 0, synced.stderr
    listed = server.client("s3").list_objects_v2(Bucket=game.bucket, Prefix=f"{identity}/saves/")
    assert [found["Key"].rpartition("/")[2] for found in listed["Contents"]] == ["one.txt", "two.txt"]
    elsewhere = aws("s3", "cp", str(folder / "one.txt"), f"s3://{game.bucket}/us-east-1:somebody-else/one.txt")
    assert elsewhere.returncode != 0 and "AccessDenied" in elsewhere.stderr
