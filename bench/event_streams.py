"""Push fan-out: so many event streams of one person are open in one process, a change is made, and every stream hears.

    DAYPASS_BINARY=target/release/daypass python bench/event_streams.py [STREAMS]

Needs what `conformance` needs (requirements.txt, `npm ci` in conformance/node) and two files a stream (`ulimit -n`).
Prints the memory of the server for each stream, and how long after the answer to the change its streams heard of it.
"""

import asyncio
import json
import pathlib
import resource
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "conformance"))

from conftest import ACCOUNT, REGION, Game, Provider, Server  # noqa: E402
from test_sync import Device, replace  # noqa: E402
from test_sync_push import listening, presigned  # noqa: E402

STREAMS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
ROUNDS = 5
LIMITS = "connections = 100000\nconnections_per_address = 0\nunsigned_per_address = 0\nfailures_per_address = 0\n"


def memory(process):
    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024


def cpu(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


class Stream:
    """One open stream: when it heard of which count."""

    def __init__(self):
        self.heard = {}

    async def open(self, port, target):
        self.reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
        writer.write(f"GET {target} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n".encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        self.writer = writer
        self.task = asyncio.create_task(self.read())

    async def read(self):
        while line := await self.reader.readline():
            if line.startswith(b"id: "):
                self.heard[int(line[4:].split(b"-")[0])] = time.monotonic()


async def measure(server, game, device, identifier, keys):
    loop = asyncio.get_running_loop()
    target = presigned(game, keys, device.identity, identifier).split(server.endpoint)[1]
    before = memory(server.process)
    streams = [Stream() for _ in range(STREAMS)]
    began = time.monotonic()
    for start in range(0, STREAMS, 100):
        await asyncio.gather(*(stream.open(server.port, target) for stream in streams[start : start + 100]))
    opened = time.monotonic() - began
    await asyncio.sleep(2)
    each = (memory(server.process) - before) / STREAMS
    idle = cpu(server.process)
    await asyncio.sleep(10)
    idle = (cpu(server.process) - idle) / 10
    delays = []
    for count in range(1, ROUNDS + 1):
        change = lambda: device.update("prefs", replace("n", str(count), count - 1), DeviceId="writer")  # noqa: B023,E731
        await loop.run_in_executor(None, change)
        answered = time.monotonic()
        while any(count not in stream.heard for stream in streams):
            assert time.monotonic() - answered < 60, "somebody hears nothing"
            await asyncio.sleep(0.05)
        delays += [stream.heard[count] - answered for stream in streams]
    delays.sort()
    at = lambda share: round(delays[int(share * (len(delays) - 1))] * 1000)  # noqa: E731
    print(json.dumps({
        "streams": STREAMS, "opened a second": round(STREAMS / opened), "bytes a stream": round(each),
        "idle cpu": round(idle, 3),
        "milliseconds after the answer": {"median": at(0.5), "99 %": at(0.99), "last": at(1)},
        "mean": round(statistics.mean(delays) * 1000),
    }))


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    provider = Provider()
    with tempfile.TemporaryDirectory() as folder:
        sections = f"[sync.event_streams]\ntotal = {STREAMS}\nper_identity = {STREAMS}\n"
        server = Server(folder, "embedded", provider, sections=sections, limits=LIMITS).start()
        try:
            game = Game(server, provider)
            iam, sync = server.client("iam"), server.client("cognito-sync")
            policy = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"cognito-sync:*","Resource":"*"}}'
            iam.put_role_policy(RoleName=game.role_name, PolicyName="sync", PolicyDocument=policy)
            trust = ('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",'
                     '"Principal":{"Service":"cognito-sync.amazonaws.com"}}}')
            role = iam.create_role(RoleName="SyncService", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
            application = f"arn:aws:sns:{REGION}:{ACCOUNT}:app/GCM/game"
            push = {"ApplicationArns": [application], "RoleArn": role}
            sync.set_identity_pool_configuration(IdentityPoolId=game.pool, PushSync=push)
            person = game.player("ada")
            device = Device(game, person)
            identifier = listening(device, "desk", "prefs")
            asyncio.run(measure(server, game, device, identifier, person[1]))
        finally:
            server.stop()
            provider.stop()


main()
