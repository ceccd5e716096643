"""Two processes on one PostgreSQL: what is done at one holds at the other, and either goes on when the other is killed."""

import collections
import copy
import statistics
import threading
import time

import botocore.exceptions
import pytest
import requests

from conftest import Game, Server, keys_of
from test_sync import Device, replace
from test_sync_push import KEY, KEY_FILE, Receiver, eventually, listening, presigned, push_hook, pushing

NO_ENGINES = "[s3]\nembedded = false\n[dynamodb]\nembedded = false\n"


def test_embedded_engines_have_one_process(tmp_path, store, provider):
    """Two with engines would each have objects of their own for one list of buckets: the second does not start."""
    one = Server(tmp_path / "one", store, provider).start()
    try:
        other = Server(tmp_path / "two", store, provider, beside=one)
        if store == "embedded":
            other.config.write_text(other.config.read_text().replace(f"{other.folder}/data", f"{one.folder}/data"))
        with pytest.raises(AssertionError, match="s3.embedded" if store == "postgres" else "in use by another"):
            other.start()
        if store == "postgres":
            # One that keeps none may join, and knows what it has not got.
            other = Server(tmp_path / "three", store, provider, beside=one, sections=NO_ENGINES).start()
            try:
                one.client("s3").create_bucket(Bucket="kept-at-one")
                with pytest.raises(botocore.exceptions.ClientError, match="ServiceUnavailable"):
                    other.client("s3").put_object(Bucket="kept-at-one", Key="k", Body=b"x")
                with pytest.raises(botocore.exceptions.ClientError, match="InvalidRequest"):
                    other.client("s3").create_bucket(Bucket="kept-nowhere")
                assert [bucket["Name"] for bucket in other.client("s3").list_buckets()["Buckets"]] == ["kept-at-one"]
                assert other.client("dynamodb").list_tables()["TableNames"] == []
            finally:
                other.stop()
    finally:
        one.stop()


class Nodes:
    """Two processes on one store, and a game whose pool pushes to a receiver."""

    def __init__(self, folder, provider):
        self.receiver = Receiver()
        (folder / KEY_FILE).write_text(KEY)
        sections = NO_ENGINES + push_hook(self.receiver).replace("$", str(folder))
        self.one = Server(folder / "one", "postgres", provider, sections=sections).start()
        self.two = Server(folder / "two", "postgres", provider, sections=sections, beside=self.one).start()
        self.game = pushing(Game(self.one, provider, has_engines=False))
        # The same game, asked at the other node.
        self.there = copy.copy(self.game)
        self.there.server = self.two

    def stop(self):
        self.one.stop()
        self.two.stop()


@pytest.fixture
def nodes(tmp_path, store, provider):
    if store == "embedded":
        # It has one process, as the test above says.
        yield None
        return
    nodes = Nodes(tmp_path, provider)
    yield nodes
    nodes.stop()


class Events:
    """An event stream at a node, read by a thread."""

    def __init__(self, url, last=None):
        headers = {"last-event-id": last} if last else {}
        self.answer = requests.get(url, stream=True, timeout=40, headers=headers)
        assert self.answer.status_code == 200, self.answer.text
        self.heard = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        try:
            for line in self.answer.iter_lines():
                if line.startswith(b"id: "):
                    self.heard.append((line[4:].decode(), time.monotonic()))
        except requests.RequestException:
            pass  # its node was killed

    def when(self, event, seconds=30):
        return eventually(lambda: dict(self.heard).get(event), seconds)


def test_what_one_node_gives_the_other_takes(nodes, provider):
    if nodes is None:
        return
    one, two, game, there = nodes.one, nodes.two, nodes.game, nodes.there
    token = provider.sign_in("ada")
    identity = game.identity_of(token)
    assert there.identity_of(token) == identity
    person = identity, keys_of(game.credentials(identity, token)["Credentials"])
    here, away = Device(game, person), Device(there, person)
    here.update("prefs", *(replace(f"k{number}", "v") for number in range(3)))
    # Sessions, sync sessions, pages.
    listed = here.list("prefs", MaxResults=2)
    rest = away.list("prefs", MaxResults=2, NextToken=listed["NextToken"], SyncSessionToken=listed["SyncSessionToken"])
    assert [record["Key"] for record in listed["Records"] + rest["Records"]] == ["k0", "k1", "k2"]
    assert away.update("prefs", replace("k0", "w", 1), token=listed["SyncSessionToken"])[0]["SyncCount"] == 2
    assert here.list("prefs", 1)["Records"][0]["Value"] == "w"
    # Tokens of our own issuer.
    own = there.server.client("cognito-identity", unsigned=True)
    issued = one.client("cognito-identity", unsigned=True).get_open_id_token(IdentityId=identity, Logins=game.logins(token))
    assumed = two.client("sts", unsigned=True).assume_role_with_web_identity(
        RoleArn=game.role, RoleSessionName="there", WebIdentityToken=issued["Token"]
    )
    assert own.get_id(IdentityPoolId=game.pool, Logins=game.logins(token))["IdentityId"] == identity
    caller = one.client("sts", keys_of(assumed["Credentials"])).get_caller_identity()
    assert caller["Arn"].endswith("/there")
    # Keys of users, at once; and what a user may no more.
    iam = one.client("iam")
    iam.create_user(UserName="operator")
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    operator = (key["AccessKeyId"], key["SecretAccessKey"])
    assert two.client("sts", operator).get_caller_identity()["Arn"].endswith(":user/operator")
    iam.delete_access_key(UserName="operator", AccessKeyId=key["AccessKeyId"])

    def is_refused():
        try:
            two.client("sts", operator).get_caller_identity()
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"] == "InvalidClientTokenId"

    eventually(is_refused, 5)


def test_a_change_at_one_node_is_heard_at_the_other(nodes):
    if nodes is None:
        return
    nodes.receiver.open()
    person = nodes.game.player("ada")
    identity, keys = person
    here, away = Device(nodes.game, person), Device(nodes.there, person)
    names = [f"set{number}" for number in range(8)]
    identifier = listening(away, "desk", *names)
    streams = {}
    for device, node, device_id in ((here, nodes.one, "at-one"), (away, nodes.two, "at-two")):
        streams[device_id] = Events(presigned(nodes.game, keys, identity, identifier, node.endpoint))
    took = []
    for count in range(5):
        for device, name in ((here, names[0]), (away, names[1])):
            token = device.list(name)["SyncSessionToken"]
            began = time.monotonic()
            device.update(name, replace("n", str(count), count), token=token, DeviceId="phone")
            took += [stream.when(f"{count + 1}-0:{name}") - began for stream in streams.values()]
    assert statistics.median(took) < 1 and max(took) < 5, took
    # Every dataset has one node that posts what concerns it, whichever it was changed at.
    began = time.monotonic()
    for number, name in enumerate(names[2:]):
        (here if number % 2 else away).update(name, replace("n", "0"), DeviceId="phone")
    eventually(lambda: all(nodes.receiver.counts()[name] == [1] for name in names[2:]), 10)
    assert time.monotonic() - began < 5
    eventually(lambda: all(nodes.receiver.counts()[name] == [1, 2, 3, 4, 5] for name in names[:2]), 10)
    nodes.receiver.close()


def test_when_a_node_is_killed_the_other_tells_the_rest(nodes):
    if nodes is None:
        return
    person = nodes.game.player("ada")
    identity, keys = person
    names = [f"set{number}" for number in range(16)]
    identifier = listening(Device(nodes.there, person), "desk", *names)
    stream = Events(presigned(nodes.game, keys, identity, identifier))
    acknowledged, stop = collections.defaultdict(list), threading.Event()

    def write(game, mine):
        device = Device(game, person)
        while not stop.is_set():
            for name in mine:
                try:
                    now = device.list(name)
                    count = now["DatasetSyncCount"]
                    patch = replace("n", f"{count}", count)
                    made = device.update(name, patch, token=now["SyncSessionToken"], DeviceId="phone")
                    acknowledged[name].append(made[0]["SyncCount"])
                except botocore.exceptions.BotoCoreError:
                    return  # the node is gone

    # Nobody takes what is told: all of it waits, in partitions of both.
    writers = [
        threading.Thread(target=write, args=(game, names[half::2])) for half, game in enumerate((nodes.game, nodes.there))
    ]
    for writer in writers:
        writer.start()
    time.sleep(3)
    nodes.one.kill()
    killed = time.monotonic()
    stop.set()
    for writer in writers:
        writer.join()
    nodes.receiver.open()
    away = Device(nodes.there, person)
    ends = {name: away.list(name)["DatasetSyncCount"] for name in names}
    assert all(acknowledged[name] == list(range(1, len(acknowledged[name]) + 1)) for name in names)
    # The request that was under way may or may not have come through.
    assert all(ends[name] - len(acknowledged[name]) in (0, 1) for name in names), (ends, acknowledged)
    assert sum(ends.values()) > 16

    # Whose device was connected to the dead node hears at the other how things stand.
    heard = stream.heard[-1][0] if stream.heard else None
    again = Events(presigned(nodes.game, keys, identity, identifier, nodes.two.endpoint), heard)
    known = {event.split(":")[1]: int(event.split("-")[0]) for event in [heard] if event}
    for name, end in ends.items():
        if end > known.get(name, 0):
            again.when(f"{end}-0:{name}")

    # A node is taken for dead after twelve seconds; what waits is told soon after.
    def is_told():
        told = nodes.receiver.counts()
        return all(set(told[name]) == set(range(1, end + 1)) for name, end in ends.items())

    eventually(is_told, 40)
    assert time.monotonic() - killed < 25
    for name in names:
        assert list(dict.fromkeys(nodes.receiver.counts()[name])) == list(range(1, ends[name] + 1))
    # It comes back, and takes its part again.
    nodes.one.start()
    Device(nodes.game, person).update("set0", replace("n", "again", ends["set0"]), DeviceId="phone")
    eventually(lambda: nodes.receiver.counts()["set0"][-1] == ends["set0"] + 1, 10)
    nodes.receiver.close()
