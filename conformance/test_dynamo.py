"""DynamoDB by boto3: every operation that is served, its errors, its decisions, and what must not work.

`--engine` says what keeps the tables: the embedded engine, or one behind the network. What an engine lacks is in engines.py.
"""

import json
import uuid
import zlib

import boto3.session
import pytest
import requests
from boto3.dynamodb.types import Binary
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from conftest import ACCOUNT, REGION

needs = pytest.mark.needs


def refused(call, *arguments, **named):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    return caught.value.response["Error"]["Code"]


def arn(table, rest=""):
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}{rest}"


def of(player, game="chess", **more):
    return {"player": {"S": player}, "game": {"S": game}} | {name: {"N": str(value)} for name, value in more.items()}


@pytest.fixture(scope="module")
def dynamo(server):
    return server.client("dynamodb")


@pytest.fixture(scope="module")
def streams(server):
    return server.client("dynamodbstreams")


def make(dynamo, **more):
    name = f"scores-{uuid.uuid4().hex[:12]}"
    made = dynamo.create_table(
        **{
            "TableName": name,
            "KeySchema": [{"AttributeName": "player", "KeyType": "HASH"}, {"AttributeName": "game", "KeyType": "RANGE"}],
            "AttributeDefinitions": [{"AttributeName": a, "AttributeType": t} for a, t in [("player", "S"), ("game", "S"), ("score", "N")]],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "by-game",
                    "KeySchema": [{"AttributeName": "game", "KeyType": "HASH"}, {"AttributeName": "score", "KeyType": "RANGE"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            "LocalSecondaryIndexes": [
                {
                    "IndexName": "by-score",
                    "KeySchema": [{"AttributeName": "player", "KeyType": "HASH"}, {"AttributeName": "score", "KeyType": "RANGE"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
            "BillingMode": "PAY_PER_REQUEST",
        }
        | more
    )["TableDescription"]
    dynamo.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    return made


@pytest.fixture(scope="module")
def shared(dynamo):
    return make(dynamo)["TableName"]


@pytest.fixture
def table(dynamo, shared):
    """The module's table, emptied."""
    yield shared
    for item in dynamo.scan(TableName=shared)["Items"]:
        dynamo.delete_item(TableName=shared, Key={name: item[name] for name in ("player", "game")})


def keys_for(server, statements):
    """A user of its own with these statements."""
    iam, name = server.client("iam"), f"user-{uuid.uuid4().hex[:12]}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return made["AccessKeyId"], made["SecretAccessKey"]


# Tables


def test_a_table_is_made_described_changed_and_deleted(dynamo):
    made = make(dynamo)
    name = made["TableName"]
    assert made["TableArn"] == arn(name)
    told = dynamo.describe_table(TableName=name)["Table"]
    assert (told["TableName"], told["TableStatus"], told["TableArn"]) == (name, "ACTIVE", arn(name))
    assert told["GlobalSecondaryIndexes"][0]["IndexArn"] == arn(name, "/index/by-game")
    assert told["LocalSecondaryIndexes"][0]["IndexArn"] == arn(name, "/index/by-score")
    assert dynamo.describe_table(TableName=arn(name))["Table"]["TableName"] == name
    assert refused(make, dynamo, TableName=name) == "ResourceInUseException"
    throughput = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}
    index = {"Update": {"IndexName": "by-game", "ProvisionedThroughput": throughput}}
    dynamo.update_table(TableName=name, BillingMode="PROVISIONED", ProvisionedThroughput=throughput, GlobalSecondaryIndexUpdates=[index])
    dynamo.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    assert dynamo.describe_table(TableName=name)["Table"]["ProvisionedThroughput"]["ReadCapacityUnits"] == 3
    assert dynamo.delete_table(TableName=name)["TableDescription"]["TableArn"] == arn(name)
    dynamo.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    for call in (dynamo.describe_table, dynamo.delete_table):
        assert refused(call, TableName=name) == "ResourceNotFoundException"
    assert refused(dynamo.put_item, TableName=name, Item=of("me")) == "ResourceNotFoundException"


def test_tables_are_listed_page_by_page(dynamo, shared):
    others = [make(dynamo)["TableName"] for _ in range(2)]
    found = [name for page in dynamo.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 1}) for name in page["TableNames"]]
    assert {shared, *others} <= set(found) and len(found) == len(set(found))
    assert found == sorted(found)
    for other in others:
        dynamo.delete_table(TableName=other)
    assert refused(dynamo.list_tables, Limit=101) == "ValidationException"


@needs("tags")
def test_tags_are_kept_and_decided_on(dynamo, server):
    name = make(dynamo)["TableName"]
    dynamo.tag_resource(ResourceArn=arn(name), Tags=[{"Key": "team", "Value": "red"}, {"Key": "floor", "Value": "2"}])
    tags = {tag["Key"]: tag["Value"] for tag in dynamo.list_tags_of_resource(ResourceArn=arn(name))["Tags"]}
    assert tags == {"team": "red", "floor": "2"}
    red = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}}}
    reader = server.client("dynamodb", keys_for(server, [red]))
    reader.put_item(TableName=name, Item=of("me"))
    dynamo.untag_resource(ResourceArn=arn(name), TagKeys=["team"])
    assert refused(reader.put_item, TableName=name, Item=of("me")) == "AccessDeniedException"
    assert [tag["Key"] for tag in dynamo.list_tags_of_resource(ResourceArn=arn(name))["Tags"]] == ["floor"]
    dynamo.delete_table(TableName=name)


@needs("ttl")
def test_time_to_live_is_set_and_told(dynamo, shared):
    assert dynamo.describe_time_to_live(TableName=shared)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
    dynamo.update_time_to_live(TableName=shared, TimeToLiveSpecification={"AttributeName": "until", "Enabled": True})
    told = dynamo.describe_time_to_live(TableName=shared)["TimeToLiveDescription"]
    assert (told["AttributeName"], told["TimeToLiveStatus"]) == ("until", "ENABLED")


@needs("backups")
def test_there_are_no_backups(dynamo, shared):
    told = dynamo.describe_continuous_backups(TableName=shared)["ContinuousBackupsDescription"]
    assert told["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"
    assert refused(dynamo.describe_continuous_backups, TableName="not-there") == "TableNotFoundException"


# Items

EVERY_TYPE = {
    "player": {"S": "me"},
    "game": {"S": "chess"},
    "text": {"S": "ä€😀\u0000\" \\ end"},
    "number": {"N": "-0.00000000000000000001234567890123456789"},
    "large": {"N": "12345678901234567890123456789012345678"},
    "binary": {"B": bytes(range(256))},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "list": {"L": [{"S": "a"}, {"N": "1"}, {"L": []}]},
    "map": {"M": {"TableName": {"S": "x"}, "Table": {"M": {"TableArn": {"S": "arn:aws:dynamodb:dynoxide:000000000000:table/x"}}}}},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2.5"]},
    "binaries": {"BS": [b"a", b"b"]},
    "Responses": {"M": {"kept.x": {"S": "kept.y"}}},
    "Table": {"M": {"TableName": {"S": "kept.z"}}},
    "a.b": {"S": "a dot"},
}


def test_every_type_comes_back_as_it_was(dynamo, table):
    dynamo.put_item(TableName=table, Item=EVERY_TYPE)
    found = dynamo.get_item(TableName=table, Key=of("me"), ConsistentRead=True)["Item"]
    assert {name: {kind: sorted(value) if kind in ("SS", "NS", "BS") else value} for name, one in found.items() for kind, value in one.items()} == EVERY_TYPE
    batch = dynamo.batch_get_item(RequestItems={table: {"Keys": [of("me")]}})["Responses"]
    assert batch[table][0]["Responses"] == EVERY_TYPE["Responses"]


@needs("empty-text")
def test_a_text_may_be_empty(dynamo, table):
    item = of("me") | {"empty": {"S": ""}, "none": {"B": b""}}
    dynamo.put_item(TableName=table, Item=item)
    assert dynamo.get_item(TableName=table, Key=of("me"))["Item"] == item


def test_an_item_is_put_changed_and_deleted(dynamo, table):
    dynamo.put_item(TableName=table, Item=of("me", score=1))
    old = dynamo.put_item(TableName=table, Item=of("me", score=2), ReturnValues="ALL_OLD")["Attributes"]
    assert old == of("me", score=1)
    changed = dynamo.update_item(
        TableName=table,
        Key=of("me"),
        UpdateExpression="SET score = score + :one, #l = list_append(if_not_exists(#l, :none), :more) REMOVE gone ADD wins :one",
        ExpressionAttributeNames={"#l": "log"},
        ExpressionAttributeValues={":one": {"N": "1"}, ":none": {"L": []}, ":more": {"L": [{"S": "x"}]}},
        ReturnValues="ALL_NEW",
    )["Attributes"]
    assert changed == of("me", score=3, wins=1) | {"log": {"L": [{"S": "x"}]}}
    only = dynamo.update_item(TableName=table, Key=of("me"), UpdateExpression="SET score = :v", ExpressionAttributeValues={":v": {"N": "9"}}, ReturnValues="UPDATED_OLD")
    assert only["Attributes"] == {"score": {"N": "3"}}
    some = dynamo.get_item(TableName=table, Key=of("me"), ProjectionExpression="score, #l[0]", ExpressionAttributeNames={"#l": "log"})["Item"]
    assert some == {"score": {"N": "9"}, "log": {"L": [{"S": "x"}]}}
    assert dynamo.delete_item(TableName=table, Key=of("me"), ReturnValues="ALL_OLD")["Attributes"]["score"] == {"N": "9"}
    assert "Item" not in dynamo.get_item(TableName=table, Key=of("me"))


def test_conditions_hold(dynamo, table):
    new = {"TableName": table, "Item": of("me", score=1), "ConditionExpression": "attribute_not_exists(player)"}
    dynamo.put_item(**new)
    assert refused(dynamo.put_item, **new) == "ConditionalCheckFailedException"
    for condition, passes in [
        ("score = :one AND game BETWEEN :a AND :z", True),
        ("score IN (:one, :a) OR attribute_exists(absent)", True),
        ("NOT contains(game, :a) AND size(game) > :one AND attribute_type(score, :n)", True),
        ("begins_with(game, :a)", False),
        ("score <> :one", False),
    ]:
        values = {":one": {"N": "1"}, ":a": {"S": "a"}, ":z": {"S": "z"}, ":n": {"S": "N"}}
        values = {name: value for name, value in values.items() if name in condition}
        delete = {"TableName": table, "Key": of("me"), "ConditionExpression": condition, "ExpressionAttributeValues": values}
        update = delete | {"Key": of("me"), "UpdateExpression": "REMOVE gone"}
        if passes:
            dynamo.update_item(**update)
        else:
            assert refused(dynamo.update_item, **update) == "ConditionalCheckFailedException", condition
            assert refused(dynamo.delete_item, **delete) == "ConditionalCheckFailedException", condition


@needs("old-item")
def test_a_failed_condition_shows_the_item_where_it_is_asked_for(dynamo, table):
    dynamo.put_item(TableName=table, Item=of("me", score=1))
    with pytest.raises(ClientError) as caught:
        dynamo.put_item(TableName=table, Item=of("me"), ConditionExpression="attribute_not_exists(player)", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert caught.value.response["Item"] == of("me", score=1)


@pytest.fixture
def filled(dynamo, table):
    for player in ("me", "you"):
        for score, game in enumerate(("chess", "go", "halma")):
            dynamo.put_item(TableName=table, Item=of(player, game, score=score))
    return table


def games(answer):
    return [item["game"]["S"] for item in answer["Items"]]


def test_a_query_is_ordered_filtered_and_paged(dynamo, filled):
    me = {":me": {"S": "me"}}
    query = {"TableName": filled, "KeyConditionExpression": "player = :me", "ExpressionAttributeValues": me}
    assert games(dynamo.query(**query)) == ["chess", "go", "halma"]
    assert games(dynamo.query(**query, ScanIndexForward=False)) == ["halma", "go", "chess"]
    assert dynamo.query(**query, Select="COUNT")["Count"] == 3
    pages = [games(page) for page in dynamo.get_paginator("query").paginate(**query, PaginationConfig={"PageSize": 2})]
    assert pages[:2] == [["chess", "go"], ["halma"]]
    found = dynamo.query(**query | {"FilterExpression": "score > :zero", "ExpressionAttributeValues": me | {":zero": {"N": "0"}}})
    assert (games(found), found["ScannedCount"]) == (["go", "halma"], 3)
    for condition, value, expected in [
        ("game = :v", "go", ["go"]),
        ("game > :v", "go", ["halma"]),
        ("begins_with(game, :v)", "ch", ["chess"]),
        ("game BETWEEN :v AND :w", "d", ["go"]),
    ]:
        values = me | {":v": {"S": value}} | ({":w": {"S": "go"}} if ":w" in condition else {})
        found = dynamo.query(TableName=filled, KeyConditionExpression=f"player = :me AND {condition}", ExpressionAttributeValues=values)
        assert games(found) == expected, condition
    found = dynamo.query(TableName=filled, IndexName="by-game", KeyConditionExpression="game = :g AND score >= :s", ExpressionAttributeValues={":g": {"S": "go"}, ":s": {"N": "1"}})
    assert sorted(item["player"]["S"] for item in found["Items"]) == ["me", "you"]
    found = dynamo.query(TableName=filled, IndexName="by-score", KeyConditionExpression="player = :me AND score < :s", ExpressionAttributeValues=me | {":s": {"N": "2"}})
    assert games(found) == ["chess", "go"]
    for bad in [
        {"KeyConditionExpression": "game = :me"},
        {"KeyConditionExpression": "player > :me"},
        {"KeyConditionExpression": "player = :me OR player = :me"},
        {"IndexName": "no-such"},
        {"ExclusiveStartKey": of("you", "chess")},
        {"Select": "EVERYTHING"},
    ]:
        assert refused(dynamo.query, **query | bad) == "ValidationException", bad


def test_a_scan_has_everything_in_pages_and_segments(dynamo, filled):
    assert dynamo.scan(TableName=filled)["Count"] == 6
    pages = list(dynamo.get_paginator("scan").paginate(TableName=filled, PaginationConfig={"PageSize": 4}))
    assert sum(page["Count"] for page in pages) == 6 and len(pages) >= 2
    parts = [dynamo.scan(TableName=filled, TotalSegments=3, Segment=n)["Count"] for n in range(3)]
    assert sum(parts) == 6
    found = dynamo.scan(TableName=filled, IndexName="by-game", FilterExpression="player = :p", ExpressionAttributeValues={":p": {"S": "you"}}, ProjectionExpression="game")
    assert sorted(games(found)) == ["chess", "go", "halma"] and set(found["Items"][0]) == {"game"}


def test_batches_write_and_read(dynamo, table):
    writes = [{"PutRequest": {"Item": of("me", f"game-{n:02}", score=n)}} for n in range(25)]
    answer = dynamo.batch_write_item(RequestItems={table: writes}, ReturnConsumedCapacity="TOTAL")
    assert answer["UnprocessedItems"] == {} and answer["ConsumedCapacity"][0]["TableName"] == table
    keys = [of("me", f"game-{n:02}") for n in range(25)] + [of("nobody")]
    found = dynamo.batch_get_item(RequestItems={table: {"Keys": keys, "ProjectionExpression": "score"}})
    assert sorted(int(item["score"]["N"]) for item in found["Responses"][table]) == list(range(25))
    dynamo.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": key}} for key in keys[:24]]})
    assert dynamo.scan(TableName=table)["Count"] == 1
    assert refused(dynamo.batch_write_item, RequestItems={table: [writes[0], writes[0]]}) == "ValidationException"
    assert refused(dynamo.batch_get_item, RequestItems={table: {"Keys": [keys[0], keys[0]]}}) == "ValidationException"
    assert refused(dynamo.batch_get_item, RequestItems={"not-there": {"Keys": [keys[0]]}}) == "ResourceNotFoundException"


@needs("transactions")
def test_a_transaction_is_all_or_nothing(dynamo, table):
    dynamo.put_item(TableName=table, Item=of("me", score=1))
    put = {"Put": {"TableName": table, "Item": of("me", "go", score=7)}}
    update = {
        "Update": {
            "TableName": table,
            "Key": of("me"),
            "UpdateExpression": "SET score = :n",
            "ConditionExpression": "score = :o",
            "ExpressionAttributeValues": {":n": {"N": "2"}, ":o": {"N": "1"}},
        }
    }
    check = {"ConditionCheck": {"TableName": table, "Key": of("you"), "ConditionExpression": "attribute_not_exists(player)"}}
    dynamo.transact_write_items(TransactItems=[put, update, check])
    with pytest.raises(ClientError) as caught:
        dynamo.transact_write_items(TransactItems=[{"Delete": {"TableName": table, "Key": of("me", "go")}}, update, check])
    assert caught.value.response["Error"]["Code"] == "TransactionCanceledException"
    reasons = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert reasons == ["None", "ConditionalCheckFailed", "None"]
    found = dynamo.transact_get_items(TransactItems=[{"Get": {"TableName": table, "Key": of("me", game)}} for game in ("go", "chess", "none")])
    assert [one.get("Item", {}).get("score") for one in found["Responses"]] == [{"N": "7"}, {"N": "2"}, None]
    assert refused(dynamo.transact_write_items, TransactItems=[put, put]) in ("ValidationException", "TransactionCanceledException")


@needs("partiql")
def test_statements_do_what_the_operations_do(dynamo, table):
    run = dynamo.execute_statement
    run(Statement=f'INSERT INTO "{table}" VALUE {{\'player\': ?, \'game\': \'go\', \'score\': 1}}', Parameters=[{"S": "me"}])
    assert refused(run, Statement=f"INSERT INTO \"{table}\" VALUE {{'player': 'me', 'game': 'go'}}") == "DuplicateItemException"
    run(Statement=f"UPDATE \"{table}\" SET score = 5 WHERE player = 'me' AND game = ?", Parameters=[{"S": "go"}])
    found = run(Statement=f"SELECT score FROM \"{table}\" WHERE player = 'me'")["Items"]
    assert found == [{"score": {"N": "5"}}]
    found = run(Statement=f"SELECT * FROM \"{table}\".\"by-game\" WHERE game = 'go'")["Items"]
    assert found == [of("me", "go", score=5)]
    batch = dynamo.batch_execute_statement(Statements=[{"Statement": f"SELECT * FROM \"{table}\" WHERE player = 'me' AND game = 'go'"}])["Responses"]
    assert (batch[0]["TableName"], batch[0]["Item"]) == (table, of("me", "go", score=5))
    both = [f"DELETE FROM \"{table}\" WHERE player = 'me' AND game = 'go'", f"INSERT INTO \"{table}\" VALUE {{'player': 'you', 'game': 'go'}}"]
    dynamo.execute_transaction(TransactStatements=[{"Statement": one} for one in both])
    assert dynamo.scan(TableName=table)["Items"] == [of("you", "go")]
    for game in ("a", "b", "c"):
        dynamo.put_item(TableName=table, Item=of("me", game))
    page, seen = {}, []
    while True:
        answer = run(Statement=f"SELECT * FROM \"{table}\" WHERE player = 'me'", Limit=2, **page)
        seen += games(answer)
        if "NextToken" not in answer:
            break
        page = {"NextToken": answer["NextToken"]}
    assert seen == ["a", "b", "c"]
    assert refused(run, Statement="SELEKT") == "ValidationException"


def test_legacy_parameters_still_work(dynamo, filled):
    equal = lambda value: {"AttributeValueList": [value], "ComparisonOperator": "EQ"}  # noqa: E731
    found = dynamo.query(
        TableName=filled,
        KeyConditions={"player": equal({"S": "me"}), "game": {"AttributeValueList": [{"S": "g"}], "ComparisonOperator": "BEGINS_WITH"}},
        QueryFilter={"score": equal({"N": "1"})},
        AttributesToGet=["game"],
    )
    assert found["Items"] == [{"game": {"S": "go"}}]
    assert dynamo.scan(TableName=filled, ScanFilter={"score": equal({"N": "2"}), "player": equal({"S": "me"})})["Count"] == 1
    assert dynamo.get_item(TableName=filled, Key=of("me"), AttributesToGet=["score"])["Item"] == {"score": {"N": "0"}}
    expected = {"score": {"Value": {"N": "99"}}}
    assert refused(dynamo.put_item, TableName=filled, Item=of("me"), Expected=expected) == "ConditionalCheckFailedException"
    updates = {"score": {"Action": "ADD", "Value": {"N": "5"}}}
    changed = dynamo.update_item(TableName=filled, Key=of("me"), AttributeUpdates=updates, ReturnValues="ALL_NEW")["Attributes"]
    assert changed == of("me", score=5)
    assert refused(dynamo.delete_item, TableName=filled, Key=of("me"), Expected={"player": {"Exists": False}}) == "ConditionalCheckFailedException"
    mixed = {"AttributeUpdates": updates, "UpdateExpression": "REMOVE score"}
    assert refused(dynamo.update_item, TableName=filled, Key=of("me"), **mixed) == "ValidationException"


@needs("or-of-filters")
def test_legacy_filters_may_be_alternatives(dynamo, filled):
    either = {name: {"AttributeValueList": [value], "ComparisonOperator": "EQ"} for name, value in (("score", {"N": "2"}), ("player", {"S": "x"}))}
    assert dynamo.scan(TableName=filled, ScanFilter=either, ConditionalOperator="OR")["Count"] == 2


@needs("streams")
def test_a_stream_has_the_changes(dynamo, streams):
    made = make(dynamo, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    name, stream = made["TableName"], made["LatestStreamArn"]
    assert stream.startswith(arn(name, "/stream/"))
    for score in (1, 2):
        dynamo.put_item(TableName=name, Item=of("me", score=score))
    listed = streams.list_streams(TableName=name)["Streams"]
    assert [(one["StreamArn"], one["TableName"]) for one in listed] == [(stream, name)]
    assert stream in [one["StreamArn"] for one in streams.list_streams()["Streams"]]
    told = streams.describe_stream(StreamArn=stream)["StreamDescription"]
    assert (told["StreamArn"], told["TableName"]) == (stream, name)
    records = []
    for shard in told["Shards"]:
        iterator = streams.get_shard_iterator(StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        for _ in range(5):
            answer = streams.get_records(ShardIterator=iterator, Limit=1)
            records += answer["Records"]
            iterator = answer.get("NextShardIterator")
            if not iterator:
                break
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY"]
    assert records[1]["dynamodb"]["OldImage"] == of("me", score=1)
    assert {record["awsRegion"] for record in records} == {REGION}
    assert refused(streams.get_records, ShardIterator="A" * 200) == "ValidationException"
    assert refused(streams.describe_stream, StreamArn=arn(name, "/stream/2015-05-11T21:21:33.291")) == "ResourceNotFoundException"
    dynamo.delete_table(TableName=name)


@needs("vectors")
def test_the_nearest_vectors_are_found(dynamo):
    name = f"pictures-{uuid.uuid4().hex[:8]}"
    index = {
        "IndexName": "by-look",
        "VectorAttribute": {"AttributeName": "look"},
        "Dimensions": 2,
        "DistanceFunction": "EUCLIDEAN",
        "Projection": {"ProjectionType": "ALL"},
    }
    dynamo.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        VectorIndexes=[index],
    )
    for picture, x in [("far", "9"), ("near", "1"), ("mid", "4")]:
        dynamo.put_item(TableName=name, Item={"name": {"S": picture}, "look": {"L": [{"N": x}, {"N": "0"}]}})
    found = dynamo.search_vectors(TableName=name, IndexName="by-look", TopK=2, SearchVector=[{"N": "0"}, {"N": "0"}])
    assert [one["Item"]["name"]["S"] for one in found["SearchResults"]] == ["near", "mid"]
    dynamo.delete_table(TableName=name)


def test_the_resource_interface_works(server, table):
    """boto3's higher interface: Table, conditions, the batch writer."""
    from boto3.dynamodb.conditions import Attr, Key

    access, secret = server.root
    resource = boto3.session.Session().resource(
        "dynamodb", endpoint_url=server.endpoint, region_name=REGION, aws_access_key_id=access, aws_secret_access_key=secret
    )
    own = resource.Table(table)
    with own.batch_writer() as batch:
        for n in range(40):
            batch.put_item(Item={"player": "me", "game": f"game-{n:02}", "score": n, "data": Binary(b"x")})
    found = own.query(KeyConditionExpression=Key("player").eq("me") & Key("game").lt("game-10"), FilterExpression=Attr("score").gte(5))
    assert found["Count"] == 5
    assert own.get_item(Key={"player": "me", "game": "game-07"})["Item"]["data"] == Binary(b"x")


# What is sent and answered on the wire


class Wire:
    """Signed requests that no SDK would send."""

    def __init__(self, server, keys=None):
        self.server, self.keys = server, keys or server.root

    def send(self, operation, body, target="DynamoDB_20120810", method="POST", path="/", **headers):
        body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"{target}.{operation}"} | headers
        request = AWSRequest(method, f"{self.server.endpoint}{path}", headers=headers, data=body)
        SigV4Auth(Credentials(*self.keys), "dynamodb", REGION).add_auth(request)
        return requests.request(method, request.url, headers=dict(request.headers), data=body, timeout=20)

    def code(self, *arguments, **named):
        answer = self.send(*arguments, **named)
        return "allowed" if answer.status_code == 200 else answer.json()["__type"].rpartition("#")[2]


def test_an_answer_is_as_amazons(server, table):
    wire = Wire(server)
    answer = wire.send("PutItem", {"TableName": table, "Item": of("me")})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-amz-json-1.0")
    assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.content)
    assert answer.headers["x-amzn-requestid"]
    for operation, body, status, kind in [
        ("GetItem", {"TableName": "not-there", "Key": of("me")}, 400, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"),
        ("GetItem", {"TableName": "x"}, 400, "com.amazon.coral.validate#ValidationException"),
        ("GetItem", "[]", 400, "com.amazon.coral.service#SerializationException"),
        ("GetItem", "{", 400, "com.amazon.coral.service#SerializationException"),
        ("GetIt", {}, 400, "com.amazon.coral.service#UnknownOperationException"),
    ]:
        answer = wire.send(operation, body)
        assert (answer.status_code, answer.json()["__type"]) == (status, kind), (operation, body)
        assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.content)


@needs("every-operation")
def test_operations_that_are_not_served_say_so(server, dynamo, streams):
    """Every operation of AWS's models is served, or is no operation."""
    rows = {}
    page = (__import__("pathlib").Path(__file__).parent.parent / "COMPATIBILITY.md").read_text().split("## Amazon DynamoDB\n")[1].split("\n## ")[0]
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 3 and cells[2] in ("done", "partial", "absent"):
            rows[cells[1]] = cells[2]
    wire = Wire(server)
    for client, target in ((dynamo, "DynamoDB_20120810"), (streams, "DynamoDBStreams_20120810")):
        for operation in client.meta.service_model.operation_names:
            assert operation in rows, f"{operation} has no row in COMPATIBILITY.md"
            unknown = wire.code(operation, {}, target=target) == "UnknownOperationException"
            assert unknown == (rows[operation] == "absent"), operation


# Decisions

OWN = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["me"]}}


@pytest.fixture(scope="module")
def player(server, shared):
    """Someone who may do everything with items whose partition key is `me`."""
    own = {
        "Effect": "Allow",
        "Action": [f"dynamodb:{name}" for name in ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "Query", "PartiQL*")],
        "Resource": [arn(shared), arn(shared, "/index/*")],
        "Condition": OWN,
    }
    return keys_for(server, [own])


def calls(table, mine, yours):
    """Every operation on items: on my own, and on somebody else's."""
    for whose, allowed in ((mine, True), (yours, False)):
        item = of(whose)
        yield "GetItem", {"TableName": table, "Key": item}, allowed
        yield "PutItem", {"TableName": table, "Item": item}, allowed
        yield "UpdateItem", {"TableName": table, "Key": item, "UpdateExpression": "REMOVE gone"}, allowed
        yield "DeleteItem", {"TableName": table, "Key": item}, allowed
        yield "BatchGetItem", {"RequestItems": {table: {"Keys": [of(mine, "go"), item]}}}, allowed
        yield "BatchWriteItem", {"RequestItems": {table: [{"PutRequest": {"Item": of(mine, "go")}}, {"DeleteRequest": {"Key": item}}]}}, allowed
        values = {":p": {"S": whose}}
        yield "Query", {"TableName": table, "KeyConditionExpression": "player = :p", "ExpressionAttributeValues": values}, allowed
        yield "Query", {"TableName": table, "IndexName": "by-score", "KeyConditionExpression": "player = :p", "ExpressionAttributeValues": values}, allowed
        # Here the partition key is the game.
        yield "Query", {"TableName": table, "IndexName": "by-game", "KeyConditionExpression": "game = :p", "ExpressionAttributeValues": values}, allowed
    yield "Scan", {"TableName": table}, False
    yield "DescribeTable", {"TableName": table}, False


def test_a_player_reaches_its_own_items_and_no_others(server, player, table):
    wire = Wire(server, player)
    for operation, body, allowed in calls(table, "me", "you"):
        assert wire.code(operation, body) == ("allowed" if allowed else "AccessDeniedException"), (operation, body)


@needs("transactions")
def test_each_entry_of_a_transaction_is_decided(server, player, table):
    wire = Wire(server, player)
    for whose, expected in (("me", "allowed"), ("you", "AccessDeniedException")):
        item = of(whose, "go")
        for entry in (
            {"Put": {"TableName": table, "Item": item}},
            {"Update": {"TableName": table, "Key": item, "UpdateExpression": "REMOVE gone"}},
            {"ConditionCheck": {"TableName": table, "Key": item, "ConditionExpression": "attribute_not_exists(gone)"}},
            {"Delete": {"TableName": table, "Key": item}},
        ):
            body = {"TransactItems": [{"Put": {"TableName": table, "Item": of("me")}}, entry]}
            assert wire.code("TransactWriteItems", body) == expected, entry
        body = {"TransactItems": [{"Get": {"TableName": table, "Key": of("me")}}, {"Get": {"TableName": table, "Key": item}}]}
        assert wire.code("TransactGetItems", body) == expected


@needs("partiql")
def test_each_statement_is_decided(server, player, table):
    wire = Wire(server, player)
    for statement, expected in [
        (f"SELECT * FROM \"{table}\" WHERE player = 'me'", "allowed"),
        (f"SELECT * FROM \"{table}\" WHERE player = 'you'", "AccessDeniedException"),
        (f"SELECT * FROM \"{table}\" WHERE player IN ['me', 'you']", "AccessDeniedException"),
        (f"SELECT * FROM \"{table}\" WHERE player = 'me' OR 1 = 1", "AccessDeniedException"),
        (f"SELECT * FROM \"{table}\" WHERE NOT player = 'me'", "AccessDeniedException"),
        (f"SELECT * FROM \"{table}\"", "AccessDeniedException"),
        (f"SELECT * FROM \"{table}\".\"by-game\" WHERE game = 'chess'", "AccessDeniedException"),
        (f"DELETE FROM \"{table}\" WHERE player = 'you' AND game = 'go'", "AccessDeniedException"),
        (f"UPDATE \"{table}\" SET score = 1 WHERE player = 'you' AND game = 'go'", "AccessDeniedException"),
        (f"INSERT INTO \"{table}\" VALUE {{'player': 'you', 'game': 'go'}}", "AccessDeniedException"),
        (f"SELECT * FROM \"{table}\" WHERE player = 'you' -- player = 'me'", "ValidationException"),
        (f"SELECT * FROM \"{table}\" WHERE player = 'you' /* */", "ValidationException"),
        (f"SELECT * FROM \"{table}\" WHERE player = 'me'; SELECT * FROM \"{table}\"", "ValidationException"),
        (f"SELECT * FROM \"{table}\" t WHERE t.player = 'me'", "ValidationException"),
        (f"SELECT * FROM \"{arn(table)}\" WHERE player = 'me'", "ValidationException"),
        ("EXISTS(SELECT * FROM x WHERE player = 'me')", "ValidationException"),
    ]:
        assert wire.code("ExecuteStatement", {"Statement": statement}) == expected, statement
        for operation, member in (("BatchExecuteStatement", "Statements"), ("ExecuteTransaction", "TransactStatements")):
            if expected == "AccessDeniedException":
                good = {"Statement": f"SELECT * FROM \"{table}\" WHERE player = 'me' AND game = 'go'"}
                assert wire.code(operation, {member: [good, {"Statement": statement}]}) == expected, statement


def condition(operator, key, *values):
    return {operator: {f"dynamodb:{key}": list(values)}}


@pytest.mark.parametrize(
    "holds, operation, extra, allowed",
    [
        (condition("ForAllValues:StringEquals", "Attributes", "player", "game", "score"), "GetItem", {"ProjectionExpression": "score"}, True),
        (condition("ForAllValues:StringEquals", "Attributes", "player", "game", "score"), "GetItem", {"ProjectionExpression": "#s", "ExpressionAttributeNames": {"#s": "secret"}}, False),
        (condition("ForAllValues:StringEquals", "Attributes", "player", "game", "score"), "GetItem", {"AttributesToGet": ["secret"]}, False),
        (condition("ForAllValues:StringEquals", "Attributes", "player", "game", "score"), "UpdateItem", {"UpdateExpression": "SET score = secret"}, False),
        (condition("ForAllValues:StringEquals", "Attributes", "player", "game", "score"), "UpdateItem", {"UpdateExpression": "REMOVE score", "ConditionExpression": "attribute_exists(secret)"}, False),
        (condition("ForAllValues:StringEquals", "Attributes", "player", "game", "score"), "UpdateItem", {"AttributeUpdates": {"secret": {"Action": "DELETE"}}}, False),
        (condition("ForAllValues:StringEquals", "Attributes", "player", "game", "score"), "DeleteItem", {"Expected": {"secret": {"Exists": False}}}, False),
        (condition("StringEquals", "Select", "SPECIFIC_ATTRIBUTES"), "GetItem", {"ProjectionExpression": "score"}, True),
        (condition("StringEquals", "Select", "SPECIFIC_ATTRIBUTES"), "GetItem", {}, False),
        (condition("StringEquals", "Select", "SPECIFIC_ATTRIBUTES"), "GetItem", {"AttributesToGet": []}, None),
        (condition("StringEquals", "Select", "SPECIFIC_ATTRIBUTES"), "Scan", {"Select": "SPECIFIC_ATTRIBUTES"}, None),
        (condition("StringEquals", "Select", "COUNT"), "Scan", {"Select": "COUNT", "ProjectionExpression": "secret"}, None),
        (condition("StringEquals", "Select", "COUNT"), "Scan", {"Select": "COUNT"}, True),
        (condition("StringEquals", "Select", "COUNT"), "Scan", {}, False),
        (condition("StringEquals", "ReturnValues", "NONE"), "DeleteItem", {}, True),
        (condition("StringEquals", "ReturnValues", "NONE"), "DeleteItem", {"ReturnValues": "ALL_OLD"}, False),
        (condition("StringEquals", "ReturnConsumedCapacity", "NONE"), "GetItem", {}, True),
        (condition("StringEquals", "ReturnConsumedCapacity", "NONE"), "GetItem", {"ReturnConsumedCapacity": "TOTAL"}, False),
        ({"Null": {"dynamodb:EnclosingOperation": "true"}}, "GetItem", {}, True),
        ({"Null": {"dynamodb:EnclosingOperation": "false"}}, "GetItem", {}, False),
    ],
)
def test_condition_keys_have_their_values(server, table, holds, operation, extra, allowed):
    keys = keys_for(server, [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": arn(table), "Condition": holds}])
    body = {"TableName": table} | ({} if operation == "Scan" else {"Key": of("me")}) | extra
    expected = {True: "allowed", False: "AccessDeniedException", None: "ValidationException"}[allowed]
    assert Wire(server, keys).code(operation, body) == expected


# What must not work


def test_no_trick_reaches_another_item(server, player, table, dynamo):
    """Authorization and engine read the same request, or there is none."""
    dynamo.put_item(TableName=table, Item=of("you") | {"secret": {"S": "x"}})
    wire = Wire(server, player)
    mine, yours = json.dumps(of("me")), json.dumps(of("you"))
    head = f'"TableName": "{table}"'
    tricks = [
        # Members of one name, at any depth, however they are written.
        f'{{{head}, "Key": {mine}, "Key": {yours}}}',
        f'{{{head}, "Key": {yours}, "Key": {mine}}}',
        f'{{{head}, "Key": {mine}, "K\\u0065y": {yours}}}',
        f'{{{head}, "TableName": "other", "Key": {mine}}}',
        f'{{{head}, "Key": {{"player": {{"S": "me"}}, "player": {{"S": "you"}}, "game": {{"S": "chess"}}}}}}',
        f'{{{head}, "Key": {{"player": {{"S": "me", "S": "you"}}, "game": {{"S": "chess"}}}}}}',
        f'{{{head}, "Key": {{"player": {{"S": "me", "N": "1"}}, "game": {{"S": "chess"}}}}}}',
        # Unknown members and other spellings.
        f'{{{head}, "Key": {mine}, "key": {yours}}}',
        f'{{{head}, "Key": {mine}, "KEY": {yours}}}',
        f'{{{head}, "Key": {mine}, "Keys": [{yours}]}}',
        f'{{{head}, "Key": {mine}, "Item": {yours}}}',
        f'{{{head}, "Key": {mine}, "IndexName": "by-game"}}',
        f'{{{head}, "Key": {mine}, "ProjectionExpression": null}}',
        f'{{{head}, "Key": {yours}, "ExpressionAttributeNames": {{"#player": "me"}}}}',
        f'{{"tableName": "{table}", "Key": {mine}}}',
        f'{{"TableName": ["{table}"], "Key": {mine}}}',
        # Names that are none.
        f'{{"TableName": "{table}/index/by-game", "Key": {mine}}}',
        f'{{"TableName": "./{table}", "Key": {mine}}}',
        f'{{"TableName": "{table}\\u0000", "Key": {mine}}}',
        f'{{"TableName": "{table} ", "Key": {mine}}}',
        f'{{"TableName": "kept.{table}", "Key": {mine}}}',
        f'{{"TableName": "{arn(table, "/index/by-game")}", "Key": {mine}}}',
        f'{{"TableName": "{arn(table).replace(ACCOUNT, "000000000001")}", "Key": {mine}}}',
        f'{{"TableName": "{arn(table).replace(REGION, "eu-west-1")}", "Key": {mine}}}',
        f'{{"TableName": "{arn(table).replace("aws:", "aws-cn:")}", "Key": {mine}}}',
        f'{{"TableName": "{arn(table)}", "Key": {yours}}}',
        # Keys that are none.
        f'{{{head}, "Key": {{"player": "me", "game": {{"S": "chess"}}}}}}',
        f'{{{head}, "Key": {{"player": {{"S": ["me"]}}, "game": {{"S": "chess"}}}}}}',
        f'{{{head}, "Key": {{"Player": {{"S": "me"}}, "game": {{"S": "chess"}}}}}}',
        f'{{{head}, "Key": {{"game": {{"S": "me"}}}}}}',
        f'{{{head}, "Key": {{}}}}',
        f'{{{head}, "Key": [{mine}]}}',
        # More than one document, or none.
        f'{{{head}, "Key": {mine}}} {{{head}, "Key": {yours}}}',
        f'[{{{head}, "Key": {mine}}}]',
        "",
        "null",
        '{"a":' * 2000 + "1" + "}" * 2000,
    ]
    for trick in tricks:
        for operation in ("GetItem", "DeleteItem"):
            answer = wire.send(operation, trick)
            assert answer.status_code == 400, (operation, trick, answer.text)
            assert "secret" not in answer.text
    assert dynamo.get_item(TableName=table, Key=of("you"))["Item"]["secret"] == {"S": "x"}


def test_no_trick_widens_a_query_or_a_batch(server, player, table, dynamo):
    dynamo.put_item(TableName=table, Item=of("you") | {"secret": {"S": "x"}})
    wire = Wire(server, player)
    values = {":me": {"S": "me"}, ":you": {"S": "you"}}
    for expression, names in [
        ("player = :me OR player = :you", {}),
        ("player = :me AND player = :you", {}),
        ("NOT player = :you", {}),
        ("player IN (:me, :you)", {}),
        ("player >= :me", {}),
        ("player BETWEEN :me AND :you", {}),
        ("begins_with(player, :me)", {}),
        ("#p = :you", {"#p": "player"}),
        ("#p = :me", {"#p": "player = :you OR player"}),
        ("#p = :me", {"#p": "game"}),
        ("#p.#q = :me", {"#p": "player", "#q": "x"}),
        ("player = :me -- ", {}),
        ("player = :me \u00a0", {}),
        ("(player = :you)", {}),
        ("player=:you AND game > :me", {}),
        (":you = player", {}),
        ("PLAYER = :me", {}),
    ]:
        body = {"TableName": table, "KeyConditionExpression": expression, "ExpressionAttributeValues": {k: v for k, v in values.items() if k in expression}}
        if names:
            body["ExpressionAttributeNames"] = names
        answer = wire.send("Query", body)
        assert answer.status_code == 400 and "secret" not in answer.text, (expression, answer.text)
    for body in [
        {"RequestItems": {table: {"Keys": [of("me")]}, arn(table): {"Keys": [of("you")]}}},
        {"RequestItems": {table: {"Keys": [of("me")], "keys": [of("you")]}}},
        {"RequestItems": {table: {"Keys": [of("me"), of("you")]}}},
        {"RequestItems": {table: {"Keys": {"0": of("me")}}}},
        {"RequestItems": [{table: {"Keys": [of("me")]}}]},
    ]:
        answer = wire.send("BatchGetItem", body)
        assert answer.status_code == 400 and "secret" not in answer.text, (body, answer.text)
    for entry in [
        {"PutRequest": {"Item": of("me")}, "DeleteRequest": {"Key": of("you")}},
        {"PutRequest": {"Item": of("me"), "Key": of("you")}},
        {"putRequest": {"Item": of("me")}},
        {"DeleteRequest": {"Key": of("you")}},
    ]:
        answer = wire.send("BatchWriteItem", {"RequestItems": {table: [entry]}})
        assert answer.status_code == 400, (entry, answer.text)
    assert dynamo.scan(TableName=table)["Items"] == [of("you") | {"secret": {"S": "x"}}]


def test_the_operation_is_the_one_that_was_signed_and_decided(server, player, table, dynamo):
    dynamo.put_item(TableName=table, Item=of("me"))
    wire = Wire(server, player)
    body = {"TableName": table, "Key": of("me")}
    assert wire.code("GetItem", body) == "allowed"
    for headers in (
        {"x-http-method-override": "DELETE"},
        {"x-amz-target-override": "DynamoDB_20120810.DeleteItem"},
        {"x-amzn-operation": "DeleteItem"},
    ):
        assert wire.code("GetItem", body, **headers) == "allowed", headers
    for path in ("/?Action=DeleteItem", "/?x-amz-target=DynamoDB_20120810.DeleteItem"):
        assert wire.send("GetItem", body, path=path).status_code in (200, 400), path
    for target in ("DynamoDB_20111205", "dynamodb_20120810", "DynamoDB_20120810.GetItem,DynamoDB_20120810"):
        assert wire.send("DeleteItem", body, target=target).status_code >= 400, target
    for method in ("GET", "PUT", "DELETE"):
        assert wire.send("DeleteItem", body, method=method).status_code >= 400, method
    assert dynamo.get_item(TableName=table, Key=of("me"))["Item"] == of("me")
