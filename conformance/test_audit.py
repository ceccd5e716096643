"""The audit line: every operation of S3 and DynamoDB, let through and refused, says who asked for what, what was decided
and why, under the request id that the caller saw."""

import json
import re
import time
import uuid

import botocore
import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, HERE, REGION

SECTIONS = {"s3": "Amazon S3", "dynamodb": "Amazon DynamoDB"}
# Actions whose name is not that of the operation.
OTHERWISE = {
    "HeadBucket": ["s3:ListBucket"], "ListObjects": ["s3:ListBucket"], "ListObjectsV2": ["s3:ListBucket"], "ListObjectVersions": ["s3:ListBucketVersions"],
    "ListMultipartUploads": ["s3:ListBucketMultipartUploads"], "ListBuckets": ["s3:ListAllMyBuckets"], "HeadObject": ["s3:GetObject"],
    "GetObjectAttributes": ["s3:GetObject", "s3:GetObjectAttributes"], "CopyObject": ["s3:GetObject", "s3:PutObject"], "UploadPartCopy": ["s3:GetObject", "s3:PutObject"],
    "CreateMultipartUpload": ["s3:PutObject"], "UploadPart": ["s3:PutObject"], "CompleteMultipartUpload": ["s3:PutObject"], "ListParts": ["s3:ListMultipartUploadParts"],
    "DeleteObjects": ["s3:DeleteObject", "s3:DeleteObject"], "GetBucketCors": ["s3:GetBucketCORS"], "PutBucketCors": ["s3:PutBucketCORS"], "DeleteBucketCors": ["s3:PutBucketCORS"],
    "DeleteBucketTagging": ["s3:PutBucketTagging"], "GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"], "PutBucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
    "DeleteBucketLifecycle": ["s3:PutLifecycleConfiguration"], "GetBucketEncryption": ["s3:GetEncryptionConfiguration"], "PutBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "DeleteBucketEncryption": ["s3:PutEncryptionConfiguration"], "GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"], "PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "DeletePublicAccessBlock": ["s3:PutBucketPublicAccessBlock"], "DeleteBucketOwnershipControls": ["s3:PutBucketOwnershipControls"], "GetObjectLockConfiguration": ["s3:GetBucketObjectLockConfiguration"],
    "GetBucketReplication": ["s3:GetReplicationConfiguration"], "GetBucketNotificationConfiguration": ["s3:GetBucketNotification"], "GetBucketAccelerateConfiguration": ["s3:GetAccelerateConfiguration"],
    "BatchExecuteStatement": ["dynamodb:PartiQLSelect"], "ExecuteStatement": ["dynamodb:PartiQLSelect"], "ExecuteTransaction": ["dynamodb:PartiQLSelect"],
    "TransactGetItems": ["dynamodb:GetItem", "dynamodb:GetItem"], "TransactWriteItems": ["dynamodb:PutItem", "dynamodb:DeleteItem"],
}


def operations():
    sections = re.split(r"^## ", (HERE.parent / "COMPATIBILITY.md").read_text(), flags=re.M)
    for service, title in SECTIONS.items():
        (section,) = [section for section in sections if section.startswith(title)]
        for operation, state in re.findall(r"^\| ([A-Z]\w+) \| (done|partial|absent) \|", section, re.M):
            if state != "absent":
                yield service, operation


class Values:
    """A value for every member that a request must have."""

    def __init__(self, game, iterator=None):
        key = {"player": {"S": "victim"}, "game": {"S": "chess"}}
        other = {"player": {"S": "somebody"}, "game": {"S": "go"}}
        table, arn = game.table, f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{game.table}"
        select = {"Statement": f"SELECT * FROM \"{table}\" WHERE player = 'victim' AND game = 'chess'"}
        self.by_name = {
            "Bucket": game.bucket, "Key": "private/file", "CopySource": f"{game.bucket}/private/file", "UploadId": "x", "PartNumber": 1, "Policy": "{}",
            "Delete": {"Objects": [{"Key": "private/file"}, {"Key": "private/other"}]}, "ObjectAttributes": ["ETag"],
            "VersioningConfiguration": {"Status": "Suspended"}, "TableName": table, "ResourceArn": arn, "TableArn": arn, "StreamArn": f"{arn}/stream/2026-01-01T00:00:00.000",
            "Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}, "MultipartUpload": {"Parts": [{"ETag": '"x"', "PartNumber": 1}]},
            "ShardId": "shardId-00000000000000000000-00000000", "ShardIterator": iterator, "Statement": select["Statement"],
        }
        self.by_operation = {
            "GetItem": {"Key": key}, "DeleteItem": {"Key": key}, "UpdateItem": {"Key": key}, "PutItem": {"Item": key},
            "Query": {"KeyConditionExpression": "player = :p", "ExpressionAttributeValues": {":p": {"S": "victim"}}},
            "BatchGetItem": {"RequestItems": {table: {"Keys": [key, other]}}}, "BatchWriteItem": {"RequestItems": {table: [{"PutRequest": {"Item": key}}, {"DeleteRequest": {"Key": other}}]}},
            "TransactGetItems": {"TransactItems": [{"Get": {"TableName": table, "Key": one}} for one in (key, other)]},
            "TransactWriteItems": {"TransactItems": [{"Put": {"TableName": table, "Item": key}}, {"Delete": {"TableName": table, "Key": other}}]},
            "BatchExecuteStatement": {"Statements": [select]}, "ExecuteTransaction": {"TransactStatements": [select]},
            "CreateTable": {"TableName": f"made-{uuid.uuid4().hex[:8]}", "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}], "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST"},
            "UpdateTimeToLive": {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"}}, "TagResource": {"Tags": [{"Key": "a", "Value": "b"}]}, "UntagResource": {"TagKeys": ["a"]},
            "CreateBucket": {"Bucket": f"made-{uuid.uuid4().hex[:8]}"}, "DeleteTable": {"TableName": f"none-{uuid.uuid4().hex[:8]}"}, "UpdateTable": {"BillingMode": "PAY_PER_REQUEST"},
            "SearchVectors": {},
            "PutBucketOwnershipControls": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
        }

    def of(self, client, operation):
        shape = client.meta.service_model.operation_model(operation).input_shape
        given = self.by_operation.get(operation, {})
        return {name: given[name] if name in given else self.one(name, shape.members[name]) for name in {*shape.required_members, *given}}

    def one(self, name, shape):
        if self.by_name.get(name) is not None:
            return self.by_name[name]
        if getattr(shape, "enum", None):
            return shape.enum[0]
        match shape.type_name:
            case "structure":
                return {inner: self.one(inner, shape.members[inner]) for inner in shape.required_members}
            case "list":
                return [self.one(name, shape.member)]
            case "map":
                return {}
            case "boolean":
                return False
            case "integer" | "long" | "float" | "double":
                return 1
            case "blob":
                return b"x"
        return "value"


def asked(client, operation, arguments):
    """The request id and status that the caller sees."""
    try:
        answer = getattr(client, botocore.xform_name(operation))(**arguments)
    except ClientError as error:
        answer = error.response
    meta = answer["ResponseMetadata"]
    return meta["RequestId"], meta["HTTPStatusCode"]


def iterator_of(server, game):
    """A place in the table's stream: what a call speaks of stands in it alone. None where the engine has no streams."""
    streams = server.client("dynamodbstreams")
    try:
        server.client("dynamodb").update_table(TableName=game.table, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
        arn = streams.list_streams(TableName=game.table)["Streams"][0]["StreamArn"]
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        return streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="LATEST")["ShardIterator"]
    except (ClientError, IndexError):
        return None


@pytest.fixture(scope="module")
def lines(server, fresh_games):
    """What every operation left in the log: the root's call, and a guest's, who may do none of it."""
    game = fresh_games
    guest_id, keys = game.guest()
    root = f"arn:aws:iam::{ACCOUNT}:root"
    guest = f"arn:aws:sts::{ACCOUNT}:assumed-role/{game.guest_role_name}/CognitoIdentityCredentials"
    wanted, iterator = [], iterator_of(server, game)
    for service, operation in operations():
        if operation == "GetRecords" and not iterator:
            continue
        for who, arn, identity, credentials in (("guest", guest, f"identity:{guest_id}", keys), ("root", root, None, None)):
            if (who, operation) == ("root", "DeleteBucket"):
                continue
            client = server.client(service, credentials)
            name = "dynamodbstreams" if operation in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams") else service
            if operation not in client.meta.service_model.operation_names:
                if name == service:
                    continue
                client = server.client(name, credentials)
            request_id, status = asked(client, operation, Values(game, iterator).of(client, operation))
            wanted.append((service, operation, who, arn, identity, request_id, status, game))
    deadline = time.monotonic() + 5
    while True:
        found = {line["request_id"]: line for line in server.audited()}
        if all(one[5] in found for one in wanted) or time.monotonic() > deadline:
            return [(one, found.get(one[5])) for one in wanted]
        time.sleep(0.05)


@pytest.fixture(scope="module")
def fresh_games(server, provider):
    from conftest import Game

    game = Game(server, provider)
    for key in ("private/file", "private/other"):
        server.client("s3").put_object(Bucket=game.bucket, Key=key, Body=b"x")
    return game


def test_every_decision_has_its_line(lines):
    wrong = []
    for (service, operation, who, arn, identity, _, status, game), line in lines:
        if line is None:
            wrong.append((operation, who, "no line"))
            continue
        if line["operation"] != operation or line["status"] != status or line.get("principal") != arn or line.get("identity") != identity:
            wrong.append((operation, who, "not who and what it was", line))
        decisions = line.get("decisions", [])
        for decision in decisions:
            places = (f"arn:aws:s3:::{game.bucket}", "arn:aws:s3:::made-", "arn:aws:s3:::*", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/", "*")
            if not decision["resource"].startswith(places):
                wrong.append((operation, who, "on another resource", decision))
            if not decision["allowed"] and not decision.get("why"):
                wrong.append((operation, who, "denied without a reason", decision))
        actions = [decision["action"] for decision in decisions]
        expected = OTHERWISE.get(operation, [f"{service}:{operation}"])
        if who == "guest":
            # The first denial ends it, except where each entry is decided for itself.
            if not decisions or any(decision["allowed"] for decision in decisions) or decisions[0]["action"] not in expected:
                wrong.append((operation, who, "not refused as what it is", line))
        elif not set(expected) <= set(actions) or len(actions) < len(expected):
            wrong.append((operation, who, f"decided {actions} instead of {expected}", line))
    assert not wrong, f"{len(wrong)}: " + "\n".join(json.dumps(one)[:700] for one in wrong)
    assert len(lines) > 100


def test_entries_are_decided_and_told_one_by_one(server, fresh_games):
    """A list of deletions: the keys that may go and those that may not, in one line."""
    game = fresh_games
    identity_id, keys = game.player("auditor")
    mine = f"{identity_id}/a"
    client = server.client("s3", keys)
    answer = client.delete_objects(Bucket=game.bucket, Delete={"Objects": [{"Key": mine}, {"Key": "private/file"}, {"Key": f"{mine}b"}]})
    assert [error["Key"] for error in answer["Errors"]] == ["private/file"]
    request_id, line = answer["ResponseMetadata"]["RequestId"], None
    deadline = time.monotonic() + 5
    while line is None and time.monotonic() < deadline:
        line = next((one for one in server.audited() if one["request_id"] == request_id), None)
    told = [(decision["action"], decision["resource"].removeprefix(f"arn:aws:s3:::{game.bucket}/"), decision["allowed"]) for decision in line["decisions"]]
    assert told == [("s3:DeleteObject", mine, True), ("s3:DeleteObject", "private/file", False), ("s3:DeleteObject", f"{mine}b", True)]
    assert all("why" in decision for decision in line["decisions"] if not decision["allowed"])
    assert not any(secret in json.dumps(line) for secret in keys[1:])
