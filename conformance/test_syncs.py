"""An answer follows the sync of the right file; a failed sync is an error, never a success.

A kill keeps the page cache, so these tests watch the system calls instead.
"""

import re
import shutil
import subprocess
import time

import botocore.exceptions
import pytest

from conftest import Game, Server


@pytest.fixture
def own(tmp_path, provider):
    """On the embedded store: PostgreSQL syncs its own files."""
    assert shutil.which("strace"), "the package `strace` is missing: ./test installs it"
    server = Server(tmp_path / "server", "embedded", provider)
    yield server
    server.stop()


def traced(server, *more):
    log = server.folder / "trace.log"
    command = ["strace", "-f", "-y", "-ttt", "-e", "trace=fsync,fdatasync,sync_file_range,rename,renameat,renameat2,sendto,writev,write", *more, "-o", str(log)]
    server.start(wrapper=command)
    return log


def calls(log):
    return log.read_text(errors="replace").splitlines()


def synced_between(log, start, wanted):
    """Whether the trace from line `start` on has a successful sync of a file that matches."""
    lines = calls(log)[start:]
    return any(re.search(r"f(data)?sync\(", line) and re.search(wanted, line) and line.rstrip().endswith("= 0") for line in lines)


def test_answers_follow_their_sync(own, provider):
    log = traced(own)
    game = Game(own, provider)
    token = provider.sign_in("ada")
    for act, wanted in [
        (lambda: game.identity_of(), r"store\.db"),
        (lambda: game.identity_of(token), r"store\.db"),
        (lambda: own.client("s3").put_object(Bucket=game.bucket, Key="small", Body=b"x"), r"objects\.db"),
        (lambda: own.client("s3").put_object(Bucket=game.bucket, Key="large", Body=b"x" * 200_000), r"objects/"),
        (
            lambda: own.client("dynamodb").put_item(
                TableName=game.table, Item={"player": {"S": "x"}, "game": {"S": "y"}}
            ),
            r"dynamodb",
        ),
    ]:
        before = len(calls(log))
        act()
        # The trace is written before the traced call returns, so what was synced is there now.
        assert synced_between(log, before, wanted), f"no sync of {wanted}"
    # The blob's folder too, and the object's row after the blob.
    before = len(calls(log))
    own.client("s3").put_object(Bucket=game.bucket, Key="again", Body=b"y" * 200_000)
    lines = calls(log)[before:]
    sync = [n for n, line in enumerate(lines) if re.search(r"f(data)?sync\(\d+<[^>]*data/objects(/|>)", line)]
    row = [n for n, line in enumerate(lines) if re.search(r"f(data)?sync\(\d+<[^>]*objects\.db", line)]
    assert len(sync) >= 2 and row and max(sync) < max(row)


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_a_failed_sync_is_an_error(own, provider, error):
    own.start()
    game = Game(own, provider)
    s3, dynamo = own.client("s3"), own.client("dynamodb")
    unsigned = own.client("cognito-identity", unsigned=True)
    s3.put_object(Bucket=game.bucket, Key="kept", Body=b"kept")
    tracer = subprocess.Popen(
        ["strace", "-f", "-p", str(own.process.pid), "-e", "trace=fsync,fdatasync", "-e", f"inject=fsync,fdatasync:error={error}", "-o", "/dev/null"],
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            status = open(f"/proc/{own.process.pid}/status").read()
            if not re.search(r"TracerPid:\s+0\n", status):
                break
            time.sleep(0.05)
        time.sleep(0.5)
        for act in [
            lambda: unsigned.get_id(IdentityPoolId=game.pool),
            lambda: s3.put_object(Bucket=game.bucket, Key="small", Body=b"x"),
            lambda: s3.put_object(Bucket=game.bucket, Key="large", Body=b"x" * 200_000),
            lambda: dynamo.put_item(TableName=game.table, Item={"player": {"S": "x"}, "game": {"S": "y"}}),
        ]:
            with pytest.raises(botocore.exceptions.ClientError) as caught:
                act()
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
    finally:
        tracer.terminate()
        tracer.wait()
    assert s3.get_object(Bucket=game.bucket, Key="kept")["Body"].read() == b"kept"
    own.kill()
    own.start()
    # What was refused may be there after a restart (the kernel still has it), but never half of it.
    for key, body in (("small", b"x"), ("large", b"x" * 200_000)):
        try:
            assert own.client("s3").get_object(Bucket=game.bucket, Key=key)["Body"].read() == body
        except botocore.exceptions.ClientError as missing:
            assert missing.response["Error"]["Code"] == "NoSuchKey"
    own.client("s3").put_object(Bucket=game.bucket, Key="small", Body=b"now")
