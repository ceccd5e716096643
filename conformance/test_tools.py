"""Tools that people use, with temporary credentials from a login: each does its work on the player's own prefix and
items, and is refused on another player's."""

import filecmp
import io
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import engines
import pytest
import requests
from boto3.dynamodb.conditions import Key
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from conftest import HERE, REGION, clean_environment, keys_of

MEBIBYTE = 1024 * 1024
# Larger than a part, and no multiple of one.
REPLAY = secrets.token_bytes(11 * MEBIBYTE + 17)


class Player:
    """Somebody signed in, somebody else whose data is there, and a folder of saves."""

    def __init__(self, server, game, folder):
        self.server, self.game, self.folder = server, game, folder
        self.id, self.keys = game.player(f"tools-{secrets.token_hex(4)}")
        self.other, other_keys = game.player("somebody-else")
        server.client("s3", other_keys).put_object(Bucket=game.bucket, Key=f"{self.other}/profile", Body=b"private")
        self.saves = folder / "saves"
        (self.saves / "levels/one").mkdir(parents=True)
        (self.saves / "replay.bin").write_bytes(REPLAY)
        (self.saves / "profile.json").write_text('{"name":"Ada"}')
        (self.saves / "levels/one/höhle + 100%.txt").write_text("deep")
        (self.saves / "empty").write_bytes(b"")

    def mine(self, path=""):
        return f"{self.game.bucket}/{self.id}/{path}"

    def theirs(self, path="profile"):
        return f"{self.game.bucket}/{self.other}/{path}"

    def stored(self, prefix):
        listed = self.server.client("s3").list_objects_v2(Bucket=self.game.bucket, Prefix=f"{self.id}/{prefix}")
        return sorted(found["Key"].removeprefix(f"{self.id}/{prefix}") for found in listed.get("Contents", []))

    def body(self, path):
        return self.server.client("s3").get_object(Bucket=self.game.bucket, Key=f"{self.id}/{path}")["Body"].read()

    def is_untouched(self):
        """Whether the other player's data is as it was, and nothing was added to it."""
        s3 = self.server.client("s3")
        listed = s3.list_objects_v2(Bucket=self.game.bucket, Prefix=f"{self.other}/")["Contents"]
        body = s3.get_object(Bucket=self.game.bucket, Key=f"{self.other}/profile")["Body"].read()
        return [found["Key"] for found in listed] == [f"{self.other}/profile"] and body == b"private"


SAVES = sorted(["empty", "levels/one/höhle + 100%.txt", "profile.json", "replay.bin"])


@pytest.fixture
def player(server, fresh_game, tmp_path):
    return Player(server, fresh_game, tmp_path)


def same_files(one, other):
    found = filecmp.dircmp(one, other)
    differing = filecmp.cmpfiles(one, other, found.common_files, shallow=False)[1:]
    nested = all(same_files(Path(one) / name, Path(other) / name) for name in found.common_dirs)
    return not (found.left_only or found.right_only or any(differing)) and nested


def run(command, environment, fails=False):
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert (done.returncode != 0) == fails, f"{command}: {done.stdout}\n{done.stderr}"
    return done.stderr + done.stdout if fails else done.stdout


def builder(player):
    """Credentials of a role that makes and removes some buckets, for the same login."""
    game, server = player.game, player.server
    iam = server.client("iam")
    name = f"Builder-{game.pool[-8:]}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(game.trust("authenticated")))["Role"]["Arn"]
    actions = ["s3:CreateBucket", "s3:DeleteBucket", "s3:ListBucket", "s3:GetBucketLocation", "s3:PutObject", "s3:GetObject", "s3:DeleteObject"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": [f"arn:aws:s3:::built-{game.pool[-8:]}*"]}
    iam.put_role_policy(RoleName=name, PolicyName="build", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    token = game.provider.sign_in("builder")
    identity = game.identity_of(token)
    opened = server.client("cognito-identity", unsigned=True).get_open_id_token(IdentityId=identity, Logins=game.logins(token))
    sts = server.client("sts", unsigned=True)
    assumed = sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="builder", WebIdentityToken=opened["Token"])
    return keys_of(assumed["Credentials"]), f"built-{game.pool[-8:]}-"


class TestAwsCommandLine:
    @pytest.fixture
    def aws(self, player):
        (player.folder / "config").write_text(
            f"[default]\nregion = {REGION}\nendpoint_url = {player.server.endpoint}\n"
            "s3 =\n  addressing_style = path\n  multipart_threshold = 5MB\n  multipart_chunksize = 5MB\n  signature_version = s3v4\n"
        )

        def aws(*arguments, keys=player.keys, fails=False):
            environment = clean_environment() | {
                "AWS_CONFIG_FILE": str(player.folder / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(player.folder / "none"),
                "AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1], "AWS_SESSION_TOKEN": keys[2],
                "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(player.folder),
            }
            return run([sys.executable, str(Path(sys.executable).parent / "aws"), *arguments], environment, fails)

        return aws

    def test_copies_moves_and_presigns(self, player, aws):
        aws("s3", "cp", str(player.saves / "replay.bin"), f"s3://{player.mine('replay.bin')}", "--metadata", "level=3")
        assert player.body("replay.bin") == REPLAY
        head = json.loads(aws("s3api", "head-object", "--bucket", player.game.bucket, "--key", f"{player.id}/replay.bin"))
        assert head["ContentLength"] == len(REPLAY) and head["Metadata"] == {"level": "3"}
        listed = aws("s3", "ls", f"s3://{player.mine()}", "--human-readable")
        assert "11.0 MiB replay.bin" in listed
        # A copy on the server, in parts, and away with the source.
        aws("s3", "mv", f"s3://{player.mine('replay.bin')}", f"s3://{player.mine('old/replay.bin')}")
        assert player.stored("") == ["old/replay.bin"]
        aws("s3", "cp", f"s3://{player.mine('old/replay.bin')}", str(player.folder / "back.bin"))
        assert (player.folder / "back.bin").read_bytes() == REPLAY
        url = aws("s3", "presign", f"s3://{player.mine('old/replay.bin')}", "--expires-in", "60").strip()
        assert requests.get(url, timeout=30).content == REPLAY
        moved = url.replace(quote(f"{player.id}/old/replay.bin"), quote(f"{player.other}/profile"))
        assert moved != url and requests.get(moved, timeout=10).status_code == 403
        foreign = aws("s3", "presign", f"s3://{player.theirs()}").strip()
        assert requests.get(foreign, timeout=10).status_code == 403
        for arguments in (
            ["cp", str(player.saves / "empty"), f"s3://{player.theirs()}"],
            ["cp", f"s3://{player.theirs()}", str(player.folder / "stolen")],
            ["cp", f"s3://{player.theirs()}", f"s3://{player.mine('stolen')}"],
            ["mv", f"s3://{player.mine('old/replay.bin')}", f"s3://{player.theirs('moved')}"],
            ["ls", f"s3://{player.theirs('')}"],
            ["ls"],
        ):
            refused = aws("s3", *arguments, fails=True)
            assert "AccessDenied" in refused or "403" in refused, (arguments, refused)
        assert "AccessDenied" in aws("s3", "rm", f"s3://{player.theirs()}", fails=True)
        assert player.is_untouched() and not (player.folder / "stolen").exists()

    def test_synchronises_folders_both_ways(self, player, aws):
        aws("s3", "sync", str(player.saves), f"s3://{player.mine('saves/')}")
        assert player.stored("saves/") == SAVES
        assert aws("s3", "sync", str(player.saves), f"s3://{player.mine('saves/')}", "--size-only") == ""
        (player.saves / "empty").unlink()
        aws("s3", "sync", str(player.saves), f"s3://{player.mine('saves/')}", "--delete")
        assert "empty" not in player.stored("saves/")
        aws("s3", "sync", f"s3://{player.mine('saves/')}", str(player.folder / "second-device"))
        assert same_files(player.saves, player.folder / "second-device")
        assert "AccessDenied" in aws("s3", "sync", f"s3://{player.theirs('')}", str(player.folder / "stolen"), fails=True)
        assert "AccessDenied" in aws("s3", "sync", str(player.saves), f"s3://{player.theirs('')}", fails=True)
        aws("s3", "rm", f"s3://{player.mine('saves/')}", "--recursive")
        assert player.stored("saves/") == [] and player.is_untouched()

    def test_makes_and_removes_the_buckets_it_may(self, player, aws):
        keys, beginning = builder(player)
        bucket = f"s3://{beginning}photos"
        aws("s3", "mb", bucket, keys=keys)
        assert "BucketNotEmpty" in self.with_an_object(player, aws, keys, bucket)
        aws("s3", "rb", bucket, "--force", keys=keys)
        assert "NoSuchBucket" in aws("s3", "ls", bucket, keys=keys, fails=True)
        assert "AccessDenied" in aws("s3", "mb", bucket, fails=True)
        assert "AccessDenied" in aws("s3", "mb", "s3://built-by-somebody-else", keys=keys, fails=True)
        assert "AccessDenied" in aws("s3", "rb", f"s3://{player.game.bucket}", keys=keys, fails=True)

    def with_an_object(self, player, aws, keys, bucket):
        aws("s3", "cp", str(player.saves / "profile.json"), f"{bucket}/one", keys=keys)
        return aws("s3", "rb", bucket, keys=keys, fails=True)

    def test_tables(self, player, aws):
        table = player.game.table
        own = {"player": {"S": player.id}, "game": {"S": "cli"}}
        aws("dynamodb", "put-item", "--table-name", table, "--item", json.dumps(own | {"score": {"N": "5"}}))
        found = json.loads(aws("dynamodb", "get-item", "--table-name", table, "--key", json.dumps(own)))
        assert found["Item"]["score"] == {"N": "5"}
        query = ["dynamodb", "query", "--table-name", table, "--key-condition-expression", "player = :p", "--expression-attribute-values"]
        assert json.loads(aws(*query, json.dumps({":p": {"S": player.id}})))["Count"] == 1
        assert "AccessDeniedException" in aws(*query, json.dumps({":p": {"S": player.other}}), fails=True)
        assert "AccessDeniedException" in aws("dynamodb", "scan", "--table-name", table, fails=True)
        assert "AccessDeniedException" in aws("dynamodb", "list-tables", fails=True)


class TestRclone:
    @pytest.fixture
    def rclone(self, player):
        settings = {
            "TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": player.server.endpoint, "REGION": REGION, "FORCE_PATH_STYLE": "true",
            "ACCESS_KEY_ID": player.keys[0], "SECRET_ACCESS_KEY": player.keys[1], "SESSION_TOKEN": player.keys[2],
            "NO_CHECK_BUCKET": "true", "UPLOAD_CUTOFF": "5Mi", "CHUNK_SIZE": "5Mi",
        }
        environment = clean_environment() | {f"RCLONE_CONFIG_DAYPASS_{name}": value for name, value in settings.items()}
        environment |= {"RCLONE_CONFIG": str(player.folder / "rclone.conf"), "RCLONE_RETRIES": "1", "RCLONE_LOW_LEVEL_RETRIES": "1"}
        (player.folder / "rclone.conf").touch()
        return lambda *arguments, fails=False: run([str(Path(sys.executable).parent / "rclone"), *arguments], environment, fails)

    def test_synchronises_and_checks(self, player, rclone):
        there = f"daypass:{player.mine('saves')}"
        rclone("sync", str(player.saves), there)
        assert player.stored("saves/") == SAVES and player.body("saves/replay.bin") == REPLAY
        rclone("check", "--download", str(player.saves), there)
        names = {found["Path"] for found in json.loads(rclone("lsjson", "--recursive", "--files-only", there))}
        assert sorted(names) == SAVES
        # Copies and moves happen on the server.
        rclone("copyto", f"{there}/profile.json", f"daypass:{player.mine('copy.json')}")
        rclone("moveto", f"{there}/replay.bin", f"daypass:{player.mine('moved.bin')}")
        assert player.body("moved.bin") == REPLAY and "replay.bin" not in player.stored("saves/")
        rclone("copy", there, str(player.folder / "second-device"))
        (player.saves / "replay.bin").unlink()
        assert same_files(player.saves, player.folder / "second-device")
        rclone("delete", there)
        assert player.stored("saves/") == []

    def test_is_refused_elsewhere(self, player, rclone):
        theirs = f"daypass:{player.theirs('')}"
        for arguments in (
            ["copy", str(player.saves), theirs],
            ["copy", theirs, str(player.folder / "stolen")],
            ["copyto", f"daypass:{player.theirs()}", f"daypass:{player.mine('stolen')}"],
            ["delete", theirs],
            ["lsf", theirs],
            ["lsd", "daypass:"],
        ):
            refused = rclone(*arguments, fails=True)
            assert "AccessDenied" in refused or "403" in refused or "Forbidden" in refused, (arguments, refused)
        assert player.is_untouched() and player.stored("stolen") == []


class TestS3cmd:
    @pytest.fixture
    def s3cmd(self, player):
        host = player.server.endpoint.removeprefix("http://")
        (player.folder / "s3cfg").write_text(
            f"[default]\naccess_key = {player.keys[0]}\nsecret_key = {player.keys[1]}\naccess_token = {player.keys[2]}\n"
            f"host_base = {host}\nhost_bucket = {host}\nuse_https = False\nbucket_location = {REGION}\nmax_retries = 1\n"
            "multipart_chunk_size_mb = 5\npreserve_attrs = False\n"
        )
        environment = clean_environment() | {"HOME": str(player.folder)}

        def s3cmd(*arguments, fails=False):
            return run(["s3cmd", "--config", str(player.folder / "s3cfg"), "--no-progress", *arguments], environment, fails)

        return s3cmd

    def test_does_its_work(self, player, s3cmd):
        s3cmd("put", str(player.saves / "replay.bin"), f"s3://{player.mine('replay.bin')}")
        assert player.body("replay.bin") == REPLAY
        s3cmd("sync", f"{player.saves}/", f"s3://{player.mine('saves/')}")
        assert player.stored("saves/") == SAVES
        listed = s3cmd("ls", "--recursive", f"s3://{player.mine('saves/')}")
        assert listed.count("s3://") == len(SAVES)
        # Its `cp` and `mv` write the ACL of what they copied, which a bucket without ACLs refuses.
        s3cmd("get", f"s3://{player.mine('replay.bin')}", str(player.folder / "back.bin"))
        assert (player.folder / "back.bin").read_bytes() == REPLAY
        (player.folder / "second-device").mkdir()
        s3cmd("sync", f"s3://{player.mine('saves/')}", f"{player.folder}/second-device/")
        assert same_files(player.saves, player.folder / "second-device")
        s3cmd("del", "--recursive", "--force", f"s3://{player.mine('saves/')}")
        assert player.stored("saves/") == []

    def test_is_refused_elsewhere(self, player, s3cmd):
        for arguments in (
            ["put", str(player.saves / "profile.json"), f"s3://{player.theirs()}"],
            ["get", f"s3://{player.theirs()}", str(player.folder / "stolen")],
            ["cp", f"s3://{player.theirs()}", f"s3://{player.mine('stolen')}"],
            ["del", f"s3://{player.theirs()}"],
            ["ls", f"s3://{player.theirs('')}"],
            ["ls"],
            ["mb", "s3://mine-alone"],
        ):
            refused = s3cmd(*arguments, fails=True)
            assert "AccessDenied" in refused or "403" in refused or "Access denied" in refused, (arguments, refused)
        assert player.is_untouched() and player.stored("stolen") == []


class TestTransferManager:
    config = TransferConfig(multipart_threshold=5 * MEBIBYTE, multipart_chunksize=5 * MEBIBYTE, max_concurrency=8)

    @pytest.mark.needs("stored-checksums")
    @pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
    @pytest.mark.parametrize("size", [len(REPLAY), 1000], ids=["parts", "whole"])
    def test_moves_objects_with_every_checksum(self, player, algorithm, size):
        s3 = player.server.client("s3", player.keys, response_checksum_validation="when_supported")
        bucket, key = player.game.bucket, f"{player.id}/{algorithm}"
        s3.upload_fileobj(io.BytesIO(REPLAY[:size]), bucket, key, ExtraArgs={"ChecksumAlgorithm": algorithm}, Config=self.config)
        head = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
        assert head[f"Checksum{algorithm}"] and head["ContentLength"] == size
        # The client holds what it reads against the checksum.
        target = io.BytesIO()
        s3.download_fileobj(bucket, key, target, ExtraArgs={"ChecksumMode": "ENABLED"}, Config=self.config)
        assert target.getvalue() == REPLAY[:size]

    def test_copies_in_parts(self, player):
        s3 = player.server.client("s3", player.keys)
        bucket = player.game.bucket
        s3.upload_fileobj(io.BytesIO(REPLAY), bucket, f"{player.id}/source", Config=self.config)
        s3.copy({"Bucket": bucket, "Key": f"{player.id}/source"}, bucket, f"{player.id}/target", Config=self.config)
        assert player.body("target") == REPLAY
        for source, target in ((player.other, player.id), (player.id, player.other)):
            name = "profile" if source == player.other else "source"
            with pytest.raises(ClientError) as caught:
                s3.copy({"Bucket": bucket, "Key": f"{source}/{name}"}, bucket, f"{target}/stolen", Config=self.config)
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        assert player.is_untouched() and player.stored("stolen") == []

    def test_is_refused_elsewhere(self, player):
        from boto3.exceptions import S3UploadFailedError

        s3 = player.server.client("s3", player.keys)
        for size in (10, len(REPLAY)):
            with pytest.raises((ClientError, S3UploadFailedError), match="AccessDenied"):
                s3.upload_fileobj(io.BytesIO(REPLAY[:size]), player.game.bucket, f"{player.other}/up", Config=self.config)
        with pytest.raises(ClientError, match="403"):
            s3.download_fileobj(player.game.bucket, f"{player.other}/profile", io.BytesIO(), Config=self.config)
        assert player.is_untouched()


def test_tables_as_python_objects(player):
    """boto3's resource of a table: typed items, conditions, a batch writer."""
    import boto3

    session = boto3.Session(*player.keys, region_name=REGION)
    table = session.resource("dynamodb", endpoint_url=player.server.endpoint).Table(player.game.table)
    with table.batch_writer() as batch:
        for number in range(60):
            batch.put_item(Item={"player": player.id, "game": f"{number:03}", "score": number})
    found = table.query(KeyConditionExpression=Key("player").eq(player.id) & Key("game").begins_with("01"))
    assert [int(item["score"]) for item in found["Items"]] == list(range(10, 20))
    with pytest.raises(ClientError, match="AccessDeniedException"):
        table.query(KeyConditionExpression=Key("player").eq(player.other))
    with pytest.raises(ClientError, match="AccessDeniedException"), table.batch_writer() as batch:
        batch.put_item(Item={"player": player.id, "game": "own"})
        batch.put_item(Item={"player": player.other, "game": "theirs"})
    items = player.server.client("dynamodb").scan(TableName=player.game.table)["Items"]
    assert len(items) == 60, "the batch was decided as a whole"


def node(script, player):
    settings = {
        "endpoint": player.server.endpoint, "region": REGION, "keys": player.keys, "bucket": player.game.bucket,
        "table": player.game.table, "mine": player.id, "theirs": player.other,
    }
    # Node trusts what the environment says it should; nothing here is encrypted.
    environment = {name: value for name, value in clean_environment().items() if name != "NODE_EXTRA_CA_CERTS"}
    output = run(["node", os.fspath(HERE / "node" / script), json.dumps(settings)], environment)
    return json.loads(output.splitlines()[-1])


def test_javascript_libraries(player, engine):
    seen = node("tools.mjs", player)
    keeps_checksums = "stored-checksums" not in engines.LACKS[engine]
    for algorithm, upload in seen["uploads"].items():
        assert upload["seen"] == upload["size"] == 12 * MEBIBYTE, algorithm
        assert upload["type"] == "application/x-save" and upload["parts"].endswith('-3"')
        assert upload["agrees"] is keeps_checksums, f"{algorithm}: the answer to the upload and the object's headers"
    assert seen["isWhole"]
    assert (seen["aborted"], seen["leftOfAborted"]) == ("AbortError", "NotFound")
    uploads = player.server.client("s3").list_multipart_uploads(Bucket=player.game.bucket)
    assert "Uploads" not in uploads, "an upload that was given up is gone"
    assert seen["foreignUpload"] == "AccessDenied"

    assert seen["put"] == 200 and seen["putOther"] == 403
    assert seen["got"] == [200, "by url", "attachment", "red"], "metadata in the query of the URL is the object's"
    assert seen["foreignUrl"] == 403
    assert player.is_untouched()

    document = seen["document"]
    assert (document["score"], document["best"], document["tags"]) == (12, 1.5, ["a", "b"])
    assert document["nested"] == {"list": [1, "two", None, True]} and document["raw"] == [1, 2] and "none" not in document
    assert seen["raised"] == [13, ["a", "b", "c"]]
    assert seen["batch"] == [0, 24]
    assert seen["pages"] == [10, 10, 5]
    assert set(seen["foreign"].values()) == {"AccessDeniedException"}, seen["foreign"]


def test_javascript_forms(player):
    """What a browser sends for an app that signed a policy: the file goes where the policy says, and nowhere else."""
    seen = node("forms.mjs", player)
    assert (seen["form"], seen["text"]) == (204, "picture")
    assert all(seen[refused] in (400, 403, "cut off") for refused in ("tooLong", "withMore", "foreign")), seen
    assert player.is_untouched() and player.stored("form-") == ["picture.png"]
