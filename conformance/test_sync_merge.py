"""Two identities whose sixteen devices write while the one is merged into the other: nothing that was acknowledged is
lost, and every dataset is there once."""

import threading
import time
import uuid

import botocore.exceptions

from conftest import keys_of
from test_sync import Device, replace, synced  # noqa: F401

DEVELOPER = "login.my.app"
DATASETS = [f"set{number}" for number in range(3)]


class Writer(threading.Thread):
    """A device that counts up a record of its own in every dataset, and makes a dataset of its own, until it is refused or
    told to stop."""

    def __init__(self, game, person, number, stop):
        super().__init__(daemon=True)
        self.device, self.number, self.stop = Device(game, person), number, stop
        self.acknowledged, self.tried, self.error = {}, {}, None
        self.own = f"own{number}"

    def run(self):
        step = 0
        while not self.stop.is_set():
            step += 1
            for name in DATASETS if step < 3 else [self.own, *DATASETS]:
                try:
                    self.write(name)
                except botocore.exceptions.ClientError as error:
                    code = error.response["Error"]["Code"]
                    if code in ("ResourceConflictException", "TooManyRequestsException"):
                        continue
                    self.error = code
                    return

    def write(self, name):
        key = f"device{self.number}"
        listed = self.device.list(name)
        now = {record["Key"]: record for record in listed["Records"]}.get(key)
        value = int(now["Value"]) + 1 if now else 1
        # Nobody else writes this record: what was acknowledged is what is there.
        assert value - 1 == self.acknowledged.get(name, 0), (name, value, self.acknowledged)
        self.tried[name] = value
        made = self.device.update(name, replace(key, str(value), now["SyncCount"] if now else 0), token=listed["SyncSessionToken"])
        assert made[0]["Value"] == str(value)
        self.acknowledged[name] = value


def merged_while_written(game, source, destination, merge):
    """Lets eight devices of each write, merges in the middle of it, and looks at what is there at the end."""
    stop = threading.Event()
    old = [Writer(game, source, number, stop) for number in range(8)]
    new = [Writer(game, destination, number, stop) for number in range(8)]
    for writer in old + new:
        writer.start()
    deadline = time.monotonic() + 60
    while not all(writer.own in writer.acknowledged for writer in old + new):
        assert time.monotonic() < deadline and all(writer.error is None for writer in old + new)
        time.sleep(0.05)
    assert merge() == destination[0]
    # Devices of the merged identity are refused; those of the other go on.
    for writer in old:
        writer.join(30)
        assert writer.error == "NotAuthorizedException", writer.error
    before = [dict(writer.acknowledged) for writer in new]
    while any(sum(writer.acknowledged.values()) < sum(count.values()) + 2 for writer, count in zip(new, before)):
        assert time.monotonic() < deadline and all(writer.error is None for writer in new)
        time.sleep(0.05)
    stop.set()
    for writer in new:
        writer.join(30)
        assert writer.error is None

    device = Device(game, destination)
    names, page = [], {}
    while page.get("NextToken") or not names:
        more = {"NextToken": page["NextToken"]} if page else {}
        page = device.sync.list_datasets(**device.at, MaxResults=7, **more)
        names += [dataset["DatasetName"] for dataset in page["Datasets"]]
    plain = DATASETS + [writer.own for writer in old]
    assert sorted(names) == sorted(plain + [f"{name}.{source[0]}" for name in plain])
    for writers, suffix in ((new, ""), (old, f".{source[0]}")):
        for name in plain:
            records = {record["Key"]: int(record["Value"]) for record in device.list(name + suffix)["Records"]}
            wanted = {f"device{writer.number}": writer for writer in writers if writer.tried.get(name)}
            assert set(records) <= set(wanted)
            for key, writer in wanted.items():
                # One that was under way when its identity went may have come through without a word.
                assert records.get(key, 0) in (writer.acknowledged.get(name, 0), writer.tried[name]), (name, key, records)
    for name in plain:
        assert device.list(name)["MergedDatasetNames"] == [f"{name}.{source[0]}"]


def test_a_guest_signs_in_while_sixteen_devices_write(synced):  # noqa: F811
    subject = f"ada-{uuid.uuid4().hex[:8]}"
    ada, guest = synced.player(subject), synced.guest()
    token = synced.provider.sign_in(subject)
    merged_while_written(synced, guest, ada, lambda: synced.credentials(guest[0], token)["IdentityId"])


def test_developer_identities_merge_while_sixteen_devices_write(synced, server):  # noqa: F811
    admin = server.client("cognito-identity")
    pool = admin.describe_identity_pool(IdentityPoolId=synced.pool)
    pool = {key: value for key, value in pool.items() if key != "ResponseMetadata"}
    admin.update_identity_pool(**pool | {"DeveloperProviderName": DEVELOPER})

    def person(user):
        opened = admin.get_open_id_token_for_developer_identity(IdentityPoolId=synced.pool, Logins={DEVELOPER: user})
        identity = opened["IdentityId"]
        given = server.client("cognito-identity", unsigned=True).get_credentials_for_identity(
            IdentityId=identity, Logins={"cognito-identity.amazonaws.com": opened["Token"]}
        )
        return identity, keys_of(given["Credentials"])

    ada, grace = person("ada"), person("grace")

    def merge():
        return admin.merge_developer_identities(
            SourceUserIdentifier="grace", DestinationUserIdentifier="ada", DeveloperProviderName=DEVELOPER,
            IdentityPoolId=synced.pool,
        )["IdentityId"]

    merged_while_written(synced, grace, ada, merge)
