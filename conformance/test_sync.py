"""Every operation of Cognito Sync on datasets with boto3, whose answers are held against the service model (names.py)."""

import contextlib
import threading
import uuid

import botocore.exceptions
import pytest

from conftest import ACCOUNT, REGION, Game
from test_clients import node

SUB = "${cognito-identity.amazonaws.com:sub}"
AUD = "${cognito-identity.amazonaws.com:aud}"
OWN = f"arn:aws:cognito-sync:{REGION}:{ACCOUNT}:identitypool/{AUD}/identity/{SUB}/*"


@contextlib.contextmanager
def refused(code, status):
    """What stands here must be refused with this code and status."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        yield
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status), answer


class Device:
    """One device of a person: boto3 with the credentials of the identity."""

    def __init__(self, game, person, role="player"):
        self.game = game
        self.identity, keys = person
        self.sync = game.server.client("cognito-sync", keys)
        self.at = {"IdentityPoolId": game.pool, "IdentityId": self.identity}

    def list(self, name, since=0, **more):
        return self.sync.list_records(**self.at, DatasetName=name, LastSyncCount=since, **more)

    def update(self, name, *patches, token=None, **more):
        token = token or self.list(name)["SyncSessionToken"]
        answer = self.sync.update_records(
            **self.at, DatasetName=name, SyncSessionToken=token, RecordPatches=list(patches), **more
        )
        return answer["Records"]


def replace(key, value, count=0):
    return {"Op": "replace", "Key": key, "Value": value, "SyncCount": count}


def remove(key, count):
    return {"Op": "remove", "Key": key, "SyncCount": count}


@pytest.fixture
def synced(fresh_game, server):
    """A game whose people may sync their own data."""
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cognito-sync:*","Resource":"%s"}]}' % OWN
    )
    for role in (fresh_game.role_name, fresh_game.guest_role_name):
        server.client("iam").put_role_policy(RoleName=role, PolicyName="sync", PolicyDocument=policy)
    return fresh_game


def test_a_setting_travels_from_device_to_device(synced):
    phone, laptop = Device(synced, synced.player("ada")), Device(synced, synced.player("ada"))
    assert phone.identity == laptop.identity
    first = phone.list("settings")
    assert (first["DatasetExists"], first["DatasetSyncCount"], first["Records"]) == (False, 0, [])
    made = phone.update("settings", replace("colour", "red"), replace("size", "10"), DeviceId="phone", ClientContext="e30=")
    assert [(record["Key"], record["SyncCount"]) for record in made] == [("colour", 1), ("size", 1)]
    seen = laptop.list("settings")
    assert {record["Key"]: record["Value"] for record in seen["Records"]} == {"colour": "red", "size": "10"}
    assert (seen["DatasetSyncCount"], seen["LastModifiedBy"], seen["Count"]) == (1, "phone", 2)
    laptop.update("settings", replace("colour", "blue", 1), remove("size", 1))
    news = phone.list("settings", 1)
    assert {record["Key"]: record.get("Value") for record in news["Records"]} == {"colour": "blue", "size": None}
    with refused("ResourceConflictException", 409):
        phone.update("settings", replace("colour", "green", 1))
    assert phone.list("settings", 2)["Records"] == []


def test_datasets_are_listed_described_and_deleted(synced):
    ada = Device(synced, synced.player("ada"))
    for name in ("a", "b", "c"):
        ada.update(name, replace("k", "value"))
    first = ada.sync.list_datasets(**ada.at, MaxResults=2)
    rest = ada.sync.list_datasets(**ada.at, MaxResults=2, NextToken=first["NextToken"])
    assert [one["DatasetName"] for one in first["Datasets"] + rest["Datasets"]] == ["a", "b", "c"]
    described = ada.sync.describe_dataset(**ada.at, DatasetName="b")["Dataset"]
    assert (described["NumRecords"], described["DataStorage"], described["IdentityId"]) == (1, 6, ada.identity)
    assert ada.sync.delete_dataset(**ada.at, DatasetName="b")["Dataset"]["NumRecords"] == 1
    with refused("ResourceNotFoundException", 404):
        ada.sync.describe_dataset(**ada.at, DatasetName="b")
    gone = ada.list("b", 1)
    assert (gone["DatasetExists"], gone["DatasetDeletedAfterRequestedSyncCount"]) == (False, True)


def test_pages_of_records_and_a_full_dataset(synced):
    ada = Device(synced, synced.player("ada"))
    ada.update("full", *(replace(f"key{number}", "v" * 500) for number in range(1024)))
    seen, page = [], ada.list("full", MaxResults=300)
    while True:
        seen += [record["Key"] for record in page["Records"]]
        if "NextToken" not in page:
            break
        page = ada.list("full", MaxResults=300, NextToken=page["NextToken"], SyncSessionToken=page["SyncSessionToken"])
    assert len(seen) == len(set(seen)) == 1024
    with refused("LimitExceededException", 400):
        ada.update("full", replace("one more", "v"))


def test_the_own_data_alone(synced, server):
    ada, grace = Device(synced, synced.player("ada")), Device(synced, synced.player("grace"))
    ada.update("settings", replace("colour", "red"))
    thief = dict(IdentityPoolId=synced.pool, IdentityId=ada.identity)
    everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cognito-sync:*","Resource":"*"}]}'
    with refused("AccessDeniedException", 403):
        grace.sync.list_records(**thief, DatasetName="settings")
    server.client("iam").put_role_policy(RoleName=synced.role_name, PolicyName="sync", PolicyDocument=everything)
    for attempt in (
        lambda: grace.sync.list_records(**thief, DatasetName="settings"),
        lambda: grace.sync.list_datasets(**thief),
        lambda: grace.sync.describe_dataset(**thief, DatasetName="settings"),
        lambda: grace.sync.delete_dataset(**thief, DatasetName="settings"),
        lambda: grace.sync.describe_identity_usage(**thief),
        lambda: grace.sync.update_records(**thief, DatasetName="settings", SyncSessionToken="x", RecordPatches=[]),
        lambda: grace.sync.describe_identity_pool_usage(IdentityPoolId=synced.pool),
        lambda: grace.sync.list_identity_pool_usage(),
    ):
        with refused("NotAuthorizedException", 403):
            attempt()
    token = ada.list("settings")["SyncSessionToken"]
    with refused("InvalidParameterException", 400):
        grace.update("settings", replace("colour", "x"), token=token)
    assert ada.list("settings")["Records"][0]["Value"] == "red"


def test_developers_see_usage_and_data(synced, server):
    developer = server.client("cognito-sync")
    ada = Device(synced, synced.player("ada"))
    ada.update("settings", replace("colour", "red"))
    usage = developer.describe_identity_usage(**ada.at)["IdentityUsage"]
    assert (usage["DatasetCount"], usage["DataStorage"]) == (1, 9)
    pool = developer.describe_identity_pool_usage(IdentityPoolId=synced.pool)["IdentityPoolUsage"]
    assert pool["DataStorage"] == 9 and pool["SyncSessionsCount"] >= 1
    listed, page = [], developer.list_identity_pool_usage(MaxResults=1)
    while True:
        listed += [one["IdentityPoolId"] for one in page["IdentityPoolUsages"]]
        if "NextToken" not in page:
            break
        page = developer.list_identity_pool_usage(MaxResults=1, NextToken=page["NextToken"])
    assert synced.pool in listed
    assert developer.list_records(**ada.at, DatasetName="settings")["Records"][0]["Value"] == "red"


def test_a_guests_data_waits_for_the_person(synced):
    ada = Device(synced, synced.player("ada"))
    ada.update("settings", replace("colour", "red"))
    guest = Device(synced, synced.guest())
    guest.update("settings", replace("colour", "blue"))
    token = synced.provider.sign_in("ada")
    answer = synced.credentials(guest.identity, token)
    assert answer["IdentityId"] == ada.identity
    merged = f"settings.{guest.identity}"
    assert ada.list("settings")["MergedDatasetNames"] == [merged]
    assert ada.list(merged)["Records"][0]["Value"] == "blue"
    with refused("NotAuthorizedException", 403):
        guest.list("settings")
    ada.sync.delete_dataset(**ada.at, DatasetName=merged)
    assert ada.list("settings")["MergedDatasetNames"] == []


def test_devices_that_write_at_the_same_time_lose_nothing(synced):
    """32 devices raise one number by compare and swap; every success is in the sum. Each writes a value of its own, since
    to say what is stored already is no conflict."""
    person = synced.player("ada")
    Device(synced, person).update("count", replace("n", "0 nobody"))
    successes, errors = [], []

    def raise_number():
        device = Device(synced, person)
        for _ in range(4):
            while True:
                now = device.list("count")
                record = now["Records"][0]
                try:
                    value = int(record["Value"].split()[0]) + 1
                    patch = replace("n", f"{value} {uuid.uuid4().hex}", record["SyncCount"])
                    device.update("count", patch, token=now["SyncSessionToken"])
                    successes.append(1)
                    break
                except botocore.exceptions.ClientError as error:
                    if error.response["Error"]["Code"] not in ("ResourceConflictException", "TooManyRequestsException"):
                        errors.append(error)
                        return

    threads = [threading.Thread(target=raise_number) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == [] and len(successes) == 128
    end = Device(synced, person).list("count")
    assert (end["Records"][0]["Value"].split()[0], end["DatasetSyncCount"]) == ("128", 129)


def test_data_survives_a_kill(tmp_path, store, provider):
    from conftest import Server

    server = Server(tmp_path / "server", store, provider).start()
    try:
        game = Game(server, provider)
        identity = game.identity_of()
        sync = server.client("cognito-sync")
        at = {"IdentityPoolId": game.pool, "IdentityId": identity, "DatasetName": "settings"}
        for number in range(5):
            token = sync.list_records(**at)["SyncSessionToken"]
            sync.update_records(**at, SyncSessionToken=token, RecordPatches=[replace("n", str(number), number)])
        server.kill()
        server.start()
        again = sync.list_records(**at)
        assert (again["DatasetSyncCount"], again["Records"][0]["Value"]) == (5, "4")
    finally:
        server.stop()


def test_the_sync_manager_in_a_browser(synced, server, provider):
    """amazon-cognito-js in Chromium: two devices, conflicts both ways, removal, a guest's data, deletion."""
    subject = f"browser-{uuid.uuid4().hex[:8]}"
    seen = node(
        "sync.mjs", endpoint=server.endpoint, region=REGION, pool=synced.pool,
        logins={provider.name: provider.sign_in(subject)},
    )
    phone, laptop = seen["identities"]
    assert phone == laptop != seen["guest"]
    assert seen["push"]["success"] and seen["pull"]["success"] and seen["pulled"] == "red", seen
    assert seen["first"]["success"]
    assert seen["conflict"]["conflicts"] == [{"key": "colour", "local": "green", "remote": "blue"}], seen["conflict"]
    assert seen["conflict"]["success"] and seen["resolved"] == ["green", "green"], seen
    assert seen["yielded"]["conflicts"] == [{"key": "colour", "local": "pink", "remote": "yellow"}], seen["yielded"]
    assert seen["yieldedTo"] == ["yellow", "yellow"], seen
    assert seen["removal"]["success"] and seen["removalSeen"]["success"] and not any(seen["removed"].values()), seen
    assert seen["guestPush"]["success"] and seen["signedIn"] == phone, seen
    assert seen["merge"]["merged"] == [f"settings.{seen['guest']}"], seen["merge"]
    assert seen["takenOver"] == [["name", "Ada"]] and seen["afterMerge"]["success"], seen
    # To this library a removed record is one with an empty value.
    assert {key: value for key, value in seen["merged"].items() if value} == {"name": "Ada"}, seen
    assert seen["deletion"]["success"] and seen["deletionSeen"]["deleted"] == ["settings"], seen
    assert not [line for line in seen["said"] if "CORS" in line], seen["said"]
