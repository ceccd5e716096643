"""The story with boto3 and with the AWS SDK for JavaScript, unmodified."""

import json
import subprocess

import pytest
from botocore.exceptions import ClientError

from conftest import ACCOUNT, HERE, REGION, TABLE, Game, clean_environment, keys_of


def refused(call, **arguments):
    """The error code of a call that must fail."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def test_a_player_writes_their_own_data_and_nobody_elses(server, game):
    identity_id, keys = game.player("ada")
    other_id, _ = game.player("grace")
    s3, dynamo = server.client("s3", keys), server.client("dynamodb", keys)

    s3.put_object(Bucket=game.bucket, Key=f"{identity_id}/profile.json", Body=b'{"name":"Ada"}')
    assert s3.get_object(Bucket=game.bucket, Key=f"{identity_id}/profile.json")["Body"].read() == b'{"name":"Ada"}'
    listed = s3.list_objects_v2(Bucket=game.bucket, Prefix=f"{identity_id}/")
    assert [found["Key"] for found in listed["Contents"]] == [f"{identity_id}/profile.json"]
    dynamo.put_item(TableName=game.table, Item={"player": {"S": identity_id}, "game": {"S": "chess"}, "score": {"N": "12"}})
    item = dynamo.get_item(TableName=game.table, Key={"player": {"S": identity_id}, "game": {"S": "chess"}})
    assert item["Item"]["score"] == {"N": "12"}

    assert refused(s3.get_object, Bucket=game.bucket, Key=f"{other_id}/profile.json") == "AccessDenied"
    assert refused(s3.put_object, Bucket=game.bucket, Key=f"{other_id}/profile.json", Body=b"x") == "AccessDenied"
    assert refused(s3.list_objects_v2, Bucket=game.bucket) == "AccessDenied"
    assert refused(s3.list_buckets) == "AccessDenied"
    foreign = {"player": {"S": other_id}, "game": {"S": "chess"}}
    assert refused(dynamo.get_item, TableName=game.table, Key=foreign) == "AccessDeniedException"
    assert refused(dynamo.put_item, TableName=game.table, Item=foreign) == "AccessDeniedException"
    assert refused(dynamo.scan, TableName=game.table) == "AccessDeniedException"
    assert refused(server.client("iam", keys).list_roles) == "AccessDenied"


def test_a_second_device_finds_the_same_identity_and_data(server, game):
    first, keys = game.player("margaret")
    server.client("s3", keys).put_object(Bucket=game.bucket, Key=f"{first}/save", Body=b"level 3")
    second, other_keys = game.player("margaret")
    assert second == first
    assert server.client("s3", other_keys).get_object(Bucket=game.bucket, Key=f"{first}/save")["Body"].read() == b"level 3"


def test_a_guest_keeps_the_identity_when_they_sign_in(server, game, provider):
    guest_id, keys = game.guest()
    server.client("s3").put_object(Bucket=game.bucket, Key="public/news", Body=b"hello")
    assert server.client("s3", keys).get_object(Bucket=game.bucket, Key="public/news")["Body"].read() == b"hello"
    token = provider.sign_in("linus")
    upgraded = game.credentials(guest_id, token)
    assert upgraded["IdentityId"] == guest_id
    assert game.identity_of(token) == guest_id
    # From now on the id alone is worth nothing.
    assert refused(game.credentials, identity_id=guest_id) == "NotAuthorizedException"


def test_a_guest_is_scoped_down_whatever_the_role_allows(server, game):
    _, keys = game.guest()
    assert refused(server.client("iam", keys).list_roles) == "AccessDenied"


def test_the_basic_flow_gives_a_role_that_trusts_the_pool(server, game, provider):
    token = provider.sign_in("ada")
    identity_id = game.identity_of(token)
    identity = server.client("cognito-identity", unsigned=True)
    opened = identity.get_open_id_token(IdentityId=identity_id, Logins=game.logins(token))
    sts = server.client("sts", unsigned=True)
    assumed = sts.assume_role_with_web_identity(RoleArn=game.role, RoleSessionName="phone", WebIdentityToken=opened["Token"])
    assert assumed["SubjectFromWebIdentityToken"] == identity_id
    assert assumed["AssumedRoleUser"]["Arn"].endswith(f":assumed-role/{game.role_name}/phone")
    keys = keys_of(assumed["Credentials"])
    server.client("s3", keys).put_object(Bucket=game.bucket, Key=f"{identity_id}/basic", Body=b"x")
    who = server.client("sts", keys).get_caller_identity()
    assert who["Account"] == ACCOUNT and who["UserId"].endswith(":phone")


def test_a_provider_registered_in_iam_signs_in_at_sts_directly(server, game, provider):
    iam = server.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Federated": game.provider_arn},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{provider.name}:aud": "game", f"{provider.name}:sub": "ada"}},
        },
    }
    name = f"Direct-{game.pool[-8:]}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    sts = server.client("sts", unsigned=True)
    arguments = {"RoleArn": role, "RoleSessionName": "direct"}
    assumed = sts.assume_role_with_web_identity(WebIdentityToken=provider.sign_in("ada"), **arguments)
    assert assumed["Provider"] == game.provider_arn
    assert assumed["Audience"] == "game"
    denied = refused(sts.assume_role_with_web_identity, WebIdentityToken=provider.sign_in("grace"), **arguments)
    assert denied == "AccessDenied"


def test_elliptic_keys_and_rotation_at_the_provider(server, game, provider):
    before = game.identity_of(provider.sign_in("ada"))
    assert game.identity_of(provider.sign_in("ada", client="game-ec")) == before
    provider.rotate()
    # The server reads unknown keys again at most once in ten seconds, and the first read is long ago
    # only for some runs: wait the documented time at most.
    import time

    deadline = time.monotonic() + 12
    while True:
        try:
            assert game.identity_of(provider.sign_in("ada")) == before
            break
        except ClientError as error:
            assert "verify signed token" in error.response["Error"]["Message"]
            assert time.monotonic() < deadline, "rotated keys are not read"
            time.sleep(0.5)


def test_the_javascript_sdk(server, game, provider):
    settings = {
        "endpoint": server.endpoint,
        "region": REGION,
        "pool": game.pool,
        "provider": provider.name,
        "token": provider.sign_in("javascript"),
        "bucket": game.bucket,
        "table": game.table,
        "role": game.role,
    }
    run = subprocess.run(
        ["node", str(HERE / "node/story.mjs"), json.dumps(settings)],
        capture_output=True,
        text=True,
        env=clean_environment(),
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    answers = json.loads(run.stdout.splitlines()[-1])
    identity_id = answers["identity"]
    assert answers["profile"] == '{"name":"js"}'
    assert answers["listed"] == [f"{identity_id}/profile.json"]
    assert answers["score"] == "7"
    assert answers["foreignObject"] == "AccessDenied"
    assert answers["foreignItem"] == "AccessDeniedException"
    assert answers["arn"].endswith(f":assumed-role/{game.role_name}/js-story")
    assert answers["guest"].endswith(f":assumed-role/{game.guest_role_name}/CognitoIdentityCredentials")


def test_a_denial_is_explained_in_the_audit_line(server, game):
    identity_id, keys = game.player("ada")
    with pytest.raises(ClientError) as caught:
        server.client("s3", keys).get_object(Bucket=game.bucket, Key="somebody/else")
    request_id = caught.value.response["ResponseMetadata"]["RequestId"]
    import time

    for _ in range(100):
        lines = [line for line in server.audited() if line["request_id"] == request_id]
        if lines:
            break
        time.sleep(0.05)
    (line,) = lines
    assert line["operation"] == "GetObject" and line["status"] == 403
    assert line["identity"] == f"identity:{identity_id}"
    assert "why" in line["decisions"][-1]
    assert not any(secret in json.dumps(line) for secret in keys[1:])


def test_objects_in_parts_ranges_and_presigned_urls(server, game):
    import requests

    identity_id, keys = game.player("ada")
    s3 = server.client("s3", keys, signature_version="s3v4")
    key = f"{identity_id}/replay.bin"
    body = bytes(range(256)) * 4096 * 11  # 11 MiB: three parts of boto3's transfer manager
    import io

    s3.upload_fileobj(io.BytesIO(body), game.bucket, key)
    head = s3.head_object(Bucket=game.bucket, Key=key)
    assert head["ContentLength"] == len(body) and head["ETag"].endswith('-2"')
    part = s3.get_object(Bucket=game.bucket, Key=key, Range="bytes=1000-1999")
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206 and part["Body"].read() == body[1000:2000]
    target = io.BytesIO()
    s3.download_fileobj(game.bucket, key, target)
    assert target.getvalue() == body

    url = s3.generate_presigned_url("get_object", Params={"Bucket": game.bucket, "Key": key}, ExpiresIn=60)
    assert requests.get(url, headers={"Range": "bytes=0-9"}, timeout=10).content == body[:10]
    put = s3.generate_presigned_url("put_object", Params={"Bucket": game.bucket, "Key": f"{identity_id}/up"}, ExpiresIn=60)
    assert requests.put(put, data=b"uploaded", timeout=10).ok
    assert s3.get_object(Bucket=game.bucket, Key=f"{identity_id}/up")["Body"].read() == b"uploaded"
    # A header that was not signed must not change what the URL does.
    forged = requests.put(put, data=b"", headers={"x-amz-copy-source": f"{game.bucket}/{key}"}, timeout=10)
    assert forged.status_code == 403
    s3.copy_object(Bucket=game.bucket, Key=f"{identity_id}/copy", CopySource={"Bucket": game.bucket, "Key": f"{identity_id}/up"})
    assert s3.get_object(Bucket=game.bucket, Key=f"{identity_id}/copy")["Body"].read() == b"uploaded"
    s3.delete_object(Bucket=game.bucket, Key=f"{identity_id}/copy")
    # Whoever may list the prefix may know that a key is missing; of others' keys they learn nothing.
    assert refused(s3.get_object, Bucket=game.bucket, Key=f"{identity_id}/copy") == "NoSuchKey"
    assert refused(s3.get_object, Bucket=game.bucket, Key="somebody/missing") == "AccessDenied"
    assert refused(server.client("s3").get_object, Bucket=game.bucket, Key=f"{identity_id}/copy") == "NoSuchKey"


def test_batches_and_queries_keep_to_the_players_own_items(server, game):
    identity_id, keys = game.player("ada")
    dynamo = server.client("dynamodb", keys)
    item = {"player": {"S": identity_id}, "game": {"S": "go"}, "score": {"N": "3"}}
    dynamo.batch_write_item(RequestItems={game.table: [{"PutRequest": {"Item": item}}]})
    found = dynamo.query(
        TableName=game.table,
        KeyConditionExpression="#p = :p",
        ExpressionAttributeNames={"#p": "player"},
        ExpressionAttributeValues={":p": {"S": identity_id}},
    )
    assert item in found["Items"]
    foreign = {"PutRequest": {"Item": item | {"player": {"S": "somebody"}}}}
    denied = refused(dynamo.batch_write_item, RequestItems={game.table: [{"PutRequest": {"Item": item}}, foreign]})
    assert denied == "AccessDeniedException"
    denied = refused(
        dynamo.query,
        TableName=game.table,
        KeyConditionExpression="player = :p",
        ExpressionAttributeValues={":p": {"S": "somebody"}},
    )
    assert denied == "AccessDeniedException"
