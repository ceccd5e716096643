"""Who hears of changes: boto3 over the operations, an EventSource in Node, web hooks and files across kill -9, and a
function in AWS's own runtime client."""

import collections
import hashlib
import hmac
import http.server
import json
import os
import subprocess
import sys
import threading
import time

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from conftest import ACCOUNT, HERE, REGION, Game, Server, clean_environment, free_port
from test_sync import Device, refused, replace

KEY = "a-key-of-thirty-two-characters-or-more"
KEY_FILE = "hook.key"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:check"


class Receiver:
    """A web hook that checks signatures as docs/sync.md says, and takes what it gets while it is open."""

    def __init__(self, port=None):
        self.port = port or free_port()
        self.bodies = []
        self.server = None

    def open(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                assert accepts(self.headers, body), self.headers
                receiver.bodies.append(json.loads(body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def counts(self, member="announcements"):
        """The counts that were told, by dataset, in the order in which they came."""
        told = collections.defaultdict(list)
        for entry in (entry for body in self.bodies for entry in body[member]):
            _, _, dataset, count = entry["idempotencyKey"].split("/")[:4]
            told[dataset].append(int(count))
        return told


def accepts(headers, body):
    moment, delivery = headers["x-daypass-time"], headers["x-daypass-delivery"]
    text = b"v1\n%s\n%s\n" % (moment.encode(), delivery.encode()) + body
    wanted = "v1=" + hmac.new(KEY.encode(), text, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, headers["x-daypass-signature"]) and abs(time.time() - int(moment)) <= 300


def eventually(holds, seconds=30):
    ends = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < ends, "it does not happen"
        time.sleep(0.05)
    return found


def pushing(game):
    """A game whose people may sync, and whose pool pushes."""
    iam = game.server.client("iam")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "cognito-sync:*", "Resource": "*"}]}
    iam.put_role_policy(RoleName=game.role_name, PolicyName="sync", PolicyDocument=json.dumps(policy))
    trust = {
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "cognito-sync.amazonaws.com"}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        }],
    }
    arn = iam.create_role(RoleName="SyncService", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    game.push = {"ApplicationArns": [f"arn:aws:sns:{REGION}:{ACCOUNT}:app/GCM/game"], "RoleArn": arn}
    game.streams = {"StreamName": "changes", "RoleArn": arn, "StreamingStatus": "ENABLED"}
    game.sync = game.server.client("cognito-sync")
    game.sync.set_identity_pool_configuration(IdentityPoolId=game.pool, PushSync=game.push)
    return game


@pytest.fixture
def telling(tmp_path, store, provider):
    """Starts a server with these sections, and a game whose pool pushes."""
    servers = []

    def start(sections):
        (tmp_path / KEY_FILE).write_text(KEY)
        server = Server(tmp_path / "server", store, provider, sections=sections.replace("$", str(tmp_path))).start()
        servers.append(server)
        return pushing(Game(server, provider))

    yield start
    for server in servers:
        server.stop()


def listening(device, token, *datasets):
    identifier = device.sync.register_device(**device.at, Platform="GCM", Token=token)["DeviceId"]
    for name in datasets:
        device.sync.subscribe_to_dataset(**device.at, DatasetName=name, DeviceId=identifier)
    return identifier


def push_hook(receiver):
    return f'[sync.push]\nweb_hook = "http://127.0.0.1:{receiver.port}/hook"\nkey_file = "$/{KEY_FILE}"\n'


def stream_hook(receiver):
    return f'[sync.streams]\nweb_hook = "http://127.0.0.1:{receiver.port}/hook"\nkey_file = "$/{KEY_FILE}"\n'


def test_every_operation_by_boto3(telling):
    receiver = Receiver().open()
    game = telling(stream_hook(receiver) + '[sync.functions]\nendpoint = "http://127.0.0.1:1"\n')
    pool = {"IdentityPoolId": game.pool}
    set_to = game.sync.set_identity_pool_configuration(**pool, CognitoStreams=game.streams)
    shown = game.sync.get_identity_pool_configuration(**pool)
    for answer in (set_to, shown):
        assert (answer["PushSync"], answer["CognitoStreams"]) == (game.push, game.streams)

    phone, desk = Device(game, game.player("ada")), Device(game, game.player("ada"))
    identifier = listening(phone, "token", "prefs")
    assert desk.sync.register_device(**desk.at, Platform="GCM", Token="token")["DeviceId"] == identifier
    phone.sync.unsubscribe_from_dataset(**phone.at, DatasetName="prefs", DeviceId=identifier)
    with refused("ResourceNotFoundException", 404):
        phone.sync.unsubscribe_from_dataset(**phone.at, DatasetName="prefs", DeviceId=identifier)
    with refused("InvalidConfigurationException", 400):
        phone.sync.register_device(**phone.at, Platform="ADM", Token="token")
    with refused("NotAuthorizedException", 403):
        game.sync.register_device(**phone.at, Platform="GCM", Token="token")
    with refused("NotAuthorizedException", 403):
        phone.sync.get_identity_pool_configuration(**pool)

    phone.update("prefs", replace("volume", "11"))
    assert game.sync.get_bulk_publish_details(**pool)["BulkPublishStatus"] == "NOT_STARTED"
    assert game.sync.bulk_publish(**pool)["IdentityPoolId"] == game.pool
    details = eventually(lambda: (d := game.sync.get_bulk_publish_details(**pool))["BulkPublishStatus"] == "SUCCEEDED" and d)
    assert details["BulkPublishCompleteTime"] >= details["BulkPublishStartTime"]
    with refused("AlreadyStreamedException", 400):
        game.sync.bulk_publish(**pool)
    eventually(lambda: len(receiver.counts("records")["prefs"]) == 2)

    game.sync.set_cognito_events(**pool, Events={"SyncTrigger": FUNCTION})
    assert game.sync.get_cognito_events(**pool)["Events"] == {"SyncTrigger": FUNCTION}
    game.sync.set_cognito_events(**pool, Events={"SyncTrigger": ""})
    assert game.sync.get_cognito_events(**pool)["Events"] == {}
    receiver.close()


def presigned(game, keys, identity, device, endpoint=None):
    def quoted(text):
        return text.replace(":", "%3A")

    path = f"/identitypools/{quoted(game.pool)}/identities/{quoted(identity)}/devices/{device}/events"
    request = AWSRequest("GET", (endpoint or game.server.endpoint) + path)
    SigV4QueryAuth(Credentials(*keys), "cognito-sync", REGION, expires=300).add_auth(request)
    return request.url


def test_an_event_source_hears_of_changes_and_comes_back_after_a_kill(telling):
    game = telling("")
    identity, keys = person = game.player("ada")
    phone = Device(game, person)
    identifier = listening(phone, "desk", "prefs")
    url = presigned(game, keys, identity, identifier)
    source = subprocess.Popen(
        ["node", str(HERE / "node/events.mjs"), url],
        stdout=subprocess.PIPE, text=True, env=clean_environment(),
    )
    try:
        assert json.loads(source.stdout.readline()) == {"open": True}
        phone.update("prefs", replace("volume", "11"), DeviceId="phone")
        heard = json.loads(source.stdout.readline())
        assert heard == {
            "id": "1-0:prefs",
            "data": {
                "source": "cognito-sync", "identityPoolId": game.pool, "identityId": identity, "datasetName": "prefs",
                "syncCount": 1,
            },
        }
        # What happens while nobody listens is heard afterwards.
        game.server.kill()
        game.server.start()
        phone.update("prefs", replace("volume", "12", 1), DeviceId="phone")
        heard = [json.loads(source.stdout.readline()) for _ in range(2)]
        assert heard[0] == {"open": True} and heard[1]["id"] == "2-0:prefs", heard
    finally:
        source.kill()
        source.wait()


def test_announcements_survive_a_kill_and_come_in_order(telling):
    receiver = Receiver()
    game = telling(push_hook(receiver))
    phone = Device(game, game.player("ada"))
    listening(phone, "desk", "one", "two")
    for count in range(10):
        for name in ("one", "two"):
            phone.update(name, replace("n", str(count), count))
    game.server.kill()
    receiver.open()
    game.server.start()
    eventually(lambda: all(set(receiver.counts()[name]) == set(range(1, 11)) for name in ("one", "two")), 60)
    for name in ("one", "two"):
        assert list(dict.fromkeys(receiver.counts()[name])) == list(range(1, 11))
    receiver.close()


def test_files_have_every_change_exactly_once_whenever_the_server_is_killed(telling, store, tmp_path):
    if store == "postgres":
        # Files belong to one process, and several may serve such a store.
        with pytest.raises(AssertionError, match="sync.streams.sink"):
            telling('[sync.streams]\nsink = "files"\n')
        return
    game = telling("[sync.streams]\nrotate_megabytes = 1\n")
    game.sync.set_identity_pool_configuration(IdentityPoolId=game.pool, CognitoStreams=game.streams)
    person = game.player("ada")
    stop = threading.Event()

    def write(name):
        device, value = Device(game, person), "x" * 5000
        while not stop.is_set():
            try:
                known = {record["Key"]: record["SyncCount"] for record in device.list(name)["Records"]}
                device.update(name, replace("n", value, known.get("n", 0)))
            except Exception:
                time.sleep(0.05)

    writers = [threading.Thread(target=write, args=(f"set{number}",)) for number in range(4)]
    for writer in writers:
        writer.start()
    for _ in range(5):
        time.sleep(1.5)
        game.server.kill()
        game.server.start()
    stop.set()
    for writer in writers:
        writer.join()
    device = Device(game, person)
    ends = {f"set{number}": device.list(f"set{number}")["DatasetSyncCount"] for number in range(4)}

    def written():
        files = sorted((tmp_path / "server/data/sync-streams").glob("changes-*.jsonl"))
        lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        return collections.Counter(line["idempotencyKey"] for line in lines), lines

    wanted = {f"{game.pool}/{person[0]}/{name}/{count}" for name, end in ends.items() for count in range(1, end + 1)}
    eventually(lambda: set(written()[0]) == wanted)
    counted, lines = written()
    assert set(counted.values()) == {1}, counted.most_common(3)
    order = collections.defaultdict(list)
    for line in lines:
        order[line["data"]["dataSetName"]].append(line["data"]["syncCount"])
    assert all(counts == sorted(counts) for counts in order.values())
    assert sum(ends.values()) > 20


class Runtime:
    """The Invoke API and the Runtime API of AWS Lambda, as far as `awslambdaric` and its callers need them."""

    def __init__(self, folder, handler):
        self.calls, self.ready = collections.deque(), threading.Condition()
        self.done = {}
        runtime = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                assert self.path == "/2018-06-01/runtime/invocation/next"
                with runtime.ready:
                    runtime.ready.wait_for(lambda: runtime.calls)
                    number, body = runtime.calls.popleft()
                self.answer(200, body, {
                    "Lambda-Runtime-Aws-Request-Id": number,
                    "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 5000),
                    "Lambda-Runtime-Invoked-Function-Arn": FUNCTION,
                    "Lambda-Runtime-Trace-Id": "Root=1-0-0",
                })

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                if self.path.startswith("/2015-03-31/functions/"):
                    return self.invoke(body)
                *_, number, kind = self.path.split("/")
                with runtime.ready:
                    runtime.done[number] = (kind, body)
                    runtime.ready.notify_all()
                self.answer(202, b"{}", {})

            def invoke(self, body):
                assert self.path.endswith("/function/invocations"), self.path
                number = os.urandom(8).hex()
                with runtime.ready:
                    runtime.calls.append((number, body))
                    runtime.ready.notify_all()
                    runtime.ready.wait_for(lambda: number in runtime.done, 10)
                    kind, said = runtime.done.pop(number)
                self.answer(200, said, {"X-Amz-Function-Error": "Unhandled"} if kind == "error" else {})

            def answer(self, status, body, headers):
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body)), "Content-Type": "application/json"}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        (folder / "check.py").write_text(handler)
        address = f"127.0.0.1:{self.server.server_port}"
        environment = clean_environment() | {"AWS_LAMBDA_RUNTIME_API": address, "PYTHONPATH": str(folder)}
        self.process = subprocess.Popen([sys.executable, "-m", "awslambdaric", "check.handler"], cwd=folder, env=environment)
        self.endpoint = f"http://{address}"

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.server.shutdown()


HANDLER = """
def handler(event, context):
    assert event["eventType"] == "SyncTrigger" and event["version"] == 2
    records = event["datasetRecords"]
    if "boom" in records:
        raise ValueError("boom")
    for record in records.values():
        if record.get("newValue"):
            record["newValue"] = record["newValue"].upper()
    records["seen"] = {"newValue": str(len(records)), "op": "replace"}
    return event
"""


def test_a_function_in_the_runtime_client_of_aws_changes_records(telling, tmp_path):
    runtime = Runtime(tmp_path, HANDLER)
    try:
        game = telling(f'[sync.functions]\nendpoint = "{runtime.endpoint}"\nfunction_name = "function"\n')
        game.sync.set_cognito_events(IdentityPoolId=game.pool, Events={"SyncTrigger": FUNCTION})
        ada = Device(game, game.player("ada"))
        records = ada.update("prefs", replace("theme", "dark"), replace("lang", "en"))
        assert {r["Key"]: (r["Value"], r["SyncCount"]) for r in records} == {
            "theme": ("DARK", 1), "lang": ("EN", 1), "seen": ("2", 1),
        }
        with refused("InvalidLambdaFunctionOutputException", 400):
            ada.update("prefs", replace("boom", "x"))
        assert ada.list("prefs")["DatasetSyncCount"] == 1
        # A developer is not looked at.
        developer = Device(game, (ada.identity, game.server.root))
        assert developer.update("prefs", replace("boom", "x"))[0]["Value"] == "x"
    finally:
        runtime.stop()
