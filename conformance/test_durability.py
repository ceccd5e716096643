"""Nothing that was answered is ever lost: the server is killed in a storm, and started again."""

import collections
import concurrent.futures
import hashlib
import pathlib
import random
import shutil
import subprocess
import threading
import time
import uuid

import botocore.exceptions
import pytest

from conftest import Game, Server, keys_of


@pytest.fixture
def own(tmp_path, store, provider):
    server = Server(tmp_path / "server", store, provider).start()
    yield server
    server.stop()


def test_restart_keeps_everything(own, provider):
    game = Game(own, provider)
    identity_id, keys = game.player("ada")
    own.client("s3", keys).put_object(Bucket=game.bucket, Key=f"{identity_id}/small", Body=b"small")
    own.client("s3", keys).put_object(Bucket=game.bucket, Key=f"{identity_id}/large", Body=b"l" * 3_000_000)
    item = {"player": {"S": identity_id}, "game": {"S": "chess"}, "score": {"N": "1"}}
    own.client("dynamodb", keys).put_item(TableName=game.table, Item=item)
    own.kill()
    own.start()
    # The session was sealed before the restart and is still good.
    s3 = own.client("s3", keys)
    assert s3.get_object(Bucket=game.bucket, Key=f"{identity_id}/small")["Body"].read() == b"small"
    assert s3.get_object(Bucket=game.bucket, Key=f"{identity_id}/large")["Body"].read() == b"l" * 3_000_000
    found = own.client("dynamodb", keys).get_item(TableName=game.table, Key={k: item[k] for k in ("player", "game")})
    assert found["Item"] == item
    assert game.player("ada")[0] == identity_id


def test_kill_during_a_storm_of_sign_ins(own, provider):
    """New logins, known logins, many devices of one person, two people upgrading one guest id at once."""
    game = Game(own, provider)
    tokens = {name: provider.sign_in(name) for name in [f"person-{n}" for n in range(24)]}
    known = {name: game.identity_of(tokens[name]) for name in list(tokens)[:6]}
    answered = collections.defaultdict(set)
    lock = threading.Lock()
    stop = threading.Event()

    def remember(subject, identity_id):
        with lock:
            answered[subject].add(identity_id)

    def storm(seed):
        chance = random.Random(seed)
        identity = own.client("cognito-identity", unsigned=True, retries={"max_attempts": 0}, connect_timeout=2, read_timeout=5)
        guests = []
        while not stop.is_set():
            subject = chance.choice(list(tokens))
            logins = game.logins(tokens[subject])
            try:
                kind = chance.random()
                if kind < 0.6:
                    remember(subject, identity.get_id(IdentityPoolId=game.pool, Logins=logins)["IdentityId"])
                elif kind < 0.8:
                    guests.append(identity.get_id(IdentityPoolId=game.pool)["IdentityId"])
                elif guests:
                    answer = identity.get_credentials_for_identity(IdentityId=guests[-1], Logins=logins)
                    remember(subject, answer["IdentityId"])
            except identity.exceptions.ClientError:
                pass  # refused: two people upgraded one guest, and the other was first
            except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError, OSError):
                time.sleep(0.05)  # killed: nothing was answered

    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        running = [pool.submit(storm, seed) for seed in range(24)]
        for _ in range(3):
            time.sleep(1.5)
            own.kill()
            own.start()
        time.sleep(0.5)
        stop.set()
        for one in running:
            one.result(60)

    assert sum(map(len, answered.values())) >= 6, "the storm did not get through"
    for subject, token in tokens.items():
        now = game.identity_of(token)
        assert game.identity_of(token) == now
        # A login that was answered points where it pointed, or where a merge of that person took it: never at two
        # identities, and never at none.
        if subject in known and answered[subject]:
            assert now in answered[subject] | {known[subject]}
        if answered[subject]:
            assert now in answered[subject], f"{subject}: answered {answered[subject]}, now {now}"
        keys = keys_of(game.credentials(now, token)["Credentials"])
        assert own.client("sts", keys).get_caller_identity()["Account"]

    # Every login of the pool stands on exactly one identity.
    identity = own.client("cognito-identity")
    pages, more = [], {}
    while True:
        page = identity.list_identities(IdentityPoolId=game.pool, MaxResults=60, **more)
        pages += page["Identities"]
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    with_logins = [found["IdentityId"] for found in pages if found.get("Logins")]
    assert len(with_logins) == len(set(with_logins))
    owners = {game.identity_of(token) for token in tokens.values()}
    assert owners <= set(with_logins)


def test_kill_while_objects_are_written(own, provider):
    game = Game(own, provider)
    stored, stop = {}, threading.Event()

    def storm(seed):
        s3 = own.client("s3", retries={"max_attempts": 0}, connect_timeout=2, read_timeout=5)
        chance, count = random.Random(seed), 0
        while not stop.is_set():
            count += 1
            key, size = f"{seed}/{count % 7}", chance.choice([10, 5_000, 200_000])
            body = f"{seed}:{count}:".encode().ljust(size, b".")
            try:
                s3.put_object(Bucket=game.bucket, Key=key, Body=body)
                stored[key] = (body, [])
            except Exception:
                # Not answered: the new object may or may not be there, but never half of it.
                last, unanswered = stored.get(key, (None, []))
                stored[key] = (last, [*unanswered, body])
                time.sleep(0.02)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        running = [pool.submit(storm, seed) for seed in range(8)]
        for _ in range(2):
            time.sleep(1.5)
            own.kill()
            own.start()
        stop.set()
        for one in running:
            one.result(60)
    s3 = own.client("s3")
    for key, (last, unanswered) in stored.items():
        if last is None:
            continue
        found = s3.get_object(Bucket=game.bucket, Key=key)["Body"].read()
        assert found in [last, *unanswered], f"{key} is neither what was answered nor what was under way"


def test_kill_while_items_are_written(own, provider):
    """Puts, counters, batches and transactions: what was answered is there, and of a transaction all or nothing."""
    game = Game(own, provider)
    stored, counted, stop = {}, collections.Counter(), threading.Event()
    lost = (botocore.exceptions.ClientError, botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError, OSError)

    def key(seed, name):
        return {"player": {"S": f"player-{seed}"}, "game": {"S": name}}

    def storm(seed):
        dynamo = own.client("dynamodb", retries={"max_attempts": 0}, connect_timeout=2, read_timeout=5)
        count = 0
        while not stop.is_set():
            count += 1
            name = f"game-{count % 5}"
            turn = {"turn": {"N": str(count)}}
            try:
                if count % 4 == 0:
                    pair = [key(seed, "left") | turn, key(seed, "right") | turn]
                    dynamo.transact_write_items(TransactItems=[{"Put": {"TableName": game.table, "Item": item}} for item in pair])
                    stored[seed, "left"] = (count, [])
                elif count % 4 == 1:
                    dynamo.update_item(TableName=game.table, Key=key(seed, "counter"), UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": {"N": "1"}})
                    counted[seed] += 1
                else:
                    dynamo.put_item(TableName=game.table, Item=key(seed, name) | turn)
                    stored[seed, name] = (count, [])
            except lost:
                # Not answered: it may have been done.
                name = "left" if count % 4 == 0 else name
                last, unanswered = stored.get((seed, name), (None, []))
                stored[seed, name] = (last, [*unanswered, count])
                time.sleep(0.02)

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        running = [pool.submit(storm, seed) for seed in range(12)]
        for _ in range(3):
            time.sleep(1.2)
            own.kill()
            own.start()
        time.sleep(0.5)
        stop.set()
        for one in running:
            one.result(60)
    dynamo = own.client("dynamodb")

    def turn(seed, name):
        found = dynamo.get_item(TableName=game.table, Key=key(seed, name), ConsistentRead=True).get("Item", {})
        return int(found["turn"]["N"]) if "turn" in found else None

    assert len(stored) > 40, "the storm did not get through"
    for (seed, name), (last, unanswered) in stored.items():
        assert turn(seed, name) in [last, *unanswered], f"{seed}/{name} is neither what was answered nor what was under way"
    for seed in range(12):
        assert turn(seed, "left") == turn(seed, "right"), f"half of a transaction of {seed}"
        found = dynamo.get_item(TableName=game.table, Key=key(seed, "counter"))["Item"]
        assert int(found["n"]["N"]) >= counted[seed], f"a counted turn of {seed} is lost"


def test_kill_while_versions_are_made_and_deleted(own, provider):
    """Every version that was answered is there, whole; a deletion that was answered holds."""
    bucket = f"versions-{uuid.uuid4().hex[:8]}"
    admin = own.client("s3")
    admin.create_bucket(Bucket=bucket)
    admin.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    answered, stop = collections.defaultdict(dict), threading.Event()

    def storm(seed):
        s3 = own.client("s3", retries={"max_attempts": 0}, connect_timeout=2, read_timeout=5)
        chance, count, key = random.Random(seed), 0, f"key-{seed}"
        mine = answered[key]
        while not stop.is_set():
            count += 1
            body = f"{seed}:{count}:".encode().ljust(chance.choice([10, 40_000]), b".")
            try:
                kind = chance.random()
                if kind < 0.6 or not mine:
                    mine[s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]] = body
                elif kind < 0.75:
                    mine[s3.delete_object(Bucket=bucket, Key=key)["VersionId"]] = None
                else:
                    version = chance.choice(list(mine))
                    # From here on it may be gone, and once that was answered it must be.
                    body = mine.pop(version)
                    mine[("gone?", version)] = body
                    s3.delete_object(Bucket=bucket, Key=key, VersionId=version)
                    del mine[("gone?", version)]
                    mine[("gone", version)] = body
            except Exception:
                time.sleep(0.02)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        running = [pool.submit(storm, seed) for seed in range(6)]
        for _ in range(2):
            time.sleep(1.5)
            own.kill()
            own.start()
        time.sleep(0.3)
        stop.set()
        for one in running:
            one.result(60)
    listed, latest = collections.defaultdict(list), {}
    for page in admin.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7}):
        for line in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            listed[line["Key"]].append(line["VersionId"])
            if line["IsLatest"]:
                assert latest.setdefault(line["Key"], line) is line, "a key has two latest versions"
    assert sum(map(len, answered.values())) > 50, "the storm did not get through"
    for key, mine in answered.items():
        assert len(listed[key]) == len(set(listed[key]))
        for version, body in mine.items():
            match version:
                case ("gone", version):
                    assert version not in listed[key], f"{key} {version} came back"
                case ("gone?", _):
                    pass
                case version:
                    assert version in listed[key], f"{key} {version} was answered and is lost"
                    if body is not None:
                        found = admin.get_object(Bucket=bucket, Key=key, VersionId=version)["Body"].read()
                        assert found == body, f"{key} {version} is not what was written"


class Upload:
    """An upload in parts, as far as it was answered."""

    def __init__(self, key):
        self.key, self.id, self.stage = key, None, "part"
        # By number: what was answered, and what was sent last and may be there instead.
        self.parts, self.sent = {}, {}

    def carry_out(self, s3, bucket, chance, reached):
        self.id = s3.create_multipart_upload(Bucket=bucket, Key=self.key)["UploadId"]
        sizes = chance.choice([[10], [30_000], [5 << 20, 1000], [0]])
        for number, size in enumerate(sizes, 1):
            # Some parts are sent twice, and the second takes the place of the first.
            for turn in range(chance.choice([1, 1, 2])):
                self.sent[number] = f"{self.key}:{number}:{turn}:".encode().ljust(size, b".")[:size]
                reached["part"].set()
                self.parts[number] = self.send(s3, bucket, number)
        self.stage = "complete"
        reached["complete"].set()
        self.complete(s3, bucket)
        self.stage = "done"

    def send(self, s3, bucket, number):
        body = self.sent[number]
        return s3.upload_part(Bucket=bucket, Key=self.key, UploadId=self.id, PartNumber=number, Body=body)["ETag"], body

    def complete(self, s3, bucket):
        parts = [{"PartNumber": number, "ETag": tag} for number, (tag, _) in sorted(self.parts.items())]
        s3.complete_multipart_upload(Bucket=bucket, Key=self.key, UploadId=self.id, MultipartUpload={"Parts": parts})

    def check(self, s3, bucket):
        """Completes what is left of it after the kills."""
        found = self.read(s3, bucket)
        whole = b"".join(body for _, (_, body) in sorted(self.parts.items()))
        if self.stage == "done":
            assert found == whole, f"{self.key} was answered and is another"
        elif self.stage == "complete":
            assert found in (None, whole), f"{self.key} is neither whole nor absent"
            # Whether or not it happened, the same completion again succeeds.
            self.complete(s3, bucket)
            assert self.read(s3, bucket) == whole
        else:
            assert found is None, f"{self.key} was never completed"
            there = {line["PartNumber"]: line["ETag"] for line in s3.list_parts(Bucket=bucket, Key=self.key, UploadId=self.id).get("Parts", [])}
            for number, (tag, _) in self.parts.items():
                sent = f'"{hashlib.md5(self.sent[number]).hexdigest()}"'
                assert there[number] in (tag, sent), f"part {number} of {self.key} was answered and is another"
            for number in self.sent:
                self.parts[number] = self.send(s3, bucket, number)
            self.complete(s3, bucket)
            assert self.read(s3, bucket) == b"".join(self.sent[number] for number in sorted(self.sent))

    def read(self, s3, bucket):
        try:
            return s3.get_object(Bucket=bucket, Key=self.key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None


def test_kill_while_parts_are_sent_and_uploads_completed(own):
    """Killed within moments of a part or a completion: all of an upload or nothing, parts that were answered are there
    to go on with, and when it is over no file is left that nothing names."""
    bucket = f"uploads-{uuid.uuid4().hex[:8]}"
    own.client("s3").create_bucket(Bucket=bucket)
    uploads, stop, chance = [], threading.Event(), random.Random(7)
    reached = {"part": threading.Event(), "complete": threading.Event()}

    def storm(seed):
        s3 = own.client("s3", retries={"max_attempts": 0}, connect_timeout=2, read_timeout=5)
        chance, count = random.Random(seed), 0
        while not stop.is_set():
            count += 1
            upload = Upload(f"{seed}/{count}")
            uploads.append(upload)
            try:
                upload.carry_out(s3, bucket, chance, reached)
            except Exception:
                time.sleep(0.02)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        running = [pool.submit(storm, seed) for seed in range(6)]
        for moment in ["complete", "part", "complete", "complete"]:
            time.sleep(0.7)
            reached[moment].clear()
            assert reached[moment].wait(20)
            time.sleep(chance.random() * 0.02)
            own.kill()
            own.start()
        stop.set()
        for one in running:
            one.result(60)
    uploads = [upload for upload in uploads if upload.id]
    stages = collections.Counter(upload.stage for upload in uploads)
    assert stages["done"] > 20 and stages["complete"] + stages["part"] > 3, f"the storm did not get through: {stages}"
    s3 = own.client("s3")
    for upload in uploads:
        upload.check(s3, bucket)
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for left in page.get("Uploads", []):
            assert left["UploadId"] not in {upload.id for upload in uploads}, "it was completed"
            s3.abort_multipart_upload(Bucket=bucket, Key=left["Key"], UploadId=left["UploadId"])
    own.stop()

    # Two days later, which go fast: whatever the kills left over is swept. A lease in PostgreSQL goes by a clock of its
    # own, for which nobody waits long enough then.
    time.sleep(12 if own.store else 0)
    own.start(wrapper=("faketime", "-f", "+2d x20"))
    objects = own.folder / "data" / "objects"
    wanted = sum(len(upload.parts) for upload in uploads)
    for _ in range(600):
        files = [path for path in objects.glob("*/*") if path.parent.name != "drafts"]
        if len(files) <= wanted:
            break
        time.sleep(0.1)
    assert len(files) == wanted, f"{len(files)} files of {wanted} parts"
    assert not list((objects / "drafts").iterdir())
    own.stop()
    own.start()
    s3 = own.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    assert {line["Key"] for page in pages for line in page.get("Contents", [])} == {upload.key for upload in uploads}
    for upload in uploads:
        assert upload.read(s3, bucket) == b"".join(body for _, (_, body) in sorted(upload.parts.items()))


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a few megabytes, where we may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no disk of our own can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_full_disk_keeps_what_was_there(own, small_disk):
    """The files of objects lie on a disk of 2 MB: what does not fit fails, and nothing that was there changes."""
    own.stop()
    objects = own.folder / "data" / "objects"
    shutil.copytree(objects, small_disk, dirs_exist_ok=True)
    shutil.rmtree(objects)
    objects.symlink_to(small_disk)
    own.start()
    s3 = own.client("s3", retries={"max_attempts": 0})
    bucket = f"full-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    before = b"b" * 400_000
    s3.put_object(Bucket=bucket, Key="k", Body=before)
    # The refusal comes while the body is still sent: some clients then see a closed connection instead.
    failures = (botocore.exceptions.ClientError, botocore.exceptions.ConnectionClosedError, botocore.exceptions.HTTPClientError)
    for attempt in range(4):
        with pytest.raises(failures) as refusal:
            s3.put_object(Bucket=bucket, Key="k", Body=bytes([attempt]) * 3_000_000)
        if isinstance(refusal.value, botocore.exceptions.ClientError):
            assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == before
    filled = 0
    with pytest.raises(failures):
        while filled < 20:
            s3.put_object(Bucket=bucket, Key=f"fill-{filled}", Body=b"f" * 200_000)
            filled += 1
    assert 3 <= filled < 10, "what failed before gave its room back"
    for number in range(filled):
        assert s3.get_object(Bucket=bucket, Key=f"fill-{number}")["Body"].read() == b"f" * 200_000
    with pytest.raises(botocore.exceptions.ClientError) as refusal:
        s3.head_object(Bucket=bucket, Key=f"fill-{filled}")
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    # Small objects have no file, and go on; so does deleting.
    s3.put_object(Bucket=bucket, Key="small", Body=b"s")
    s3.delete_object(Bucket=bucket, Key="k")
    own.kill()
    own.start()
    s3 = own.client("s3")
    listed = {line["Key"] for line in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert listed == {"small", *(f"fill-{number}" for number in range(filled))}


def test_a_disk_that_fails_ends_writing_and_nothing_else(own):
    """After a failed fsync nobody knows what is on disk: writes of files end until a restart, reads go on."""
    s3 = own.client("s3", retries={"max_attempts": 0})
    bucket = f"broken-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"b" * 100_000)
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO", "-p", str(own.process.pid)]
    tracer = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        status = pathlib.Path(f"/proc/{own.process.pid}/status")
        for _ in range(200):
            if "TracerPid:\t0\n" not in status.read_text():
                break
            assert tracer.poll() is None, tracer.stderr.read().decode()
            time.sleep(0.05)
        for body in (b"x" * 100_000, b"y" * 100_000):
            with pytest.raises(botocore.exceptions.ClientError) as refusal:
                s3.put_object(Bucket=bucket, Key="k", Body=body)
            assert refusal.value.response["Error"]["Code"] == "InternalError"
            assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"b" * 100_000
    finally:
        tracer.terminate()
        tracer.wait()
    with pytest.raises(botocore.exceptions.ClientError):
        s3.put_object(Bucket=bucket, Key="k", Body=b"z" * 100_000)
    own.kill()
    own.start()
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"b" * 100_000
    s3.put_object(Bucket=bucket, Key="k", Body=b"after")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"after"


def test_large_bodies_pass_in_constant_memory(own):
    """A body of 256 MB goes in and out, and again in parts: the process stays small."""

    def resident():
        lines = pathlib.Path(f"/proc/{own.process.pid}/status").read_text().splitlines()
        return max(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024

    s3 = own.client("s3", retries={"max_attempts": 0}, read_timeout=300)
    bucket = f"large-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="warm", Body=b"w" * 2_000_000)
    s3.get_object(Bucket=bucket, Key="warm")["Body"].read()
    before, size = resident(), 256 * 1024 * 1024
    s3.put_object(Bucket=bucket, Key="k", Body=Zeros(size))
    counted = sum(len(piece) for piece in s3.get_object(Bucket=bucket, Key="k")["Body"].iter_chunks(1 << 20))
    assert counted == size
    s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k"}, ChecksumAlgorithm="SHA256")
    grown = resident() - before
    assert grown < 48 * 1024 * 1024, f"the process grew by {grown} bytes"


class Zeros:
    """A file of nothing, made while it is read."""

    def __init__(self, size):
        self.size, self.at = size, 0

    def __len__(self):
        return self.size

    def read(self, count=-1):
        count = self.size - self.at if count < 0 else min(count, self.size - self.at)
        self.at += count
        return bytes(count)

    def seek(self, offset, whence=0):
        self.at = [0, self.at, self.size][whence] + offset
        return self.at

    def tell(self):
        return self.at
