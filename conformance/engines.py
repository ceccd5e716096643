"""Engines that others wrote, to stand behind Daypass, and what each of them lacks."""

import json
import os
import pathlib
import subprocess
import time

import requests

HERE = pathlib.Path(__file__).parent

# What a test needs and an engine does not have, with the reason. Such a test must fail there: when it passes, the entry goes.
LACKS = {
    "embedded": {},
    "daypass": {},
    "radosgw": {
        "stored-checksums": "Ceph 16 keeps no checksums: they are checked and then forgotten",
        "parts-of-objects": "Ceph 16 knows neither partNumber nor attributes",
        "storage-classes": "Ceph knows the classes of its own zone alone",
    },
    "dynalite": {
        "transactions": "dynalite has none",
        "partiql": "dynalite has none",
        "streams": "dynalite has none",
        "old-item": "dynalite does not know ReturnValuesOnConditionCheckFailure",
        "ttl": "dynalite does not change a table's time to live",
        "backups": "dynalite does not know DescribeContinuousBackups",
        "vectors": "dynalite has none",
        "or-of-filters": "dynalite takes a Scan's ConditionalOperator for AND",
        "every-operation": "dynalite knows neither transactions nor statements nor streams",
    },
    "dynamodb-local": {
        "partiql": "the version of January 2020 has none",
        "old-item": "the version of January 2020 shows it in transactions only",
        "tags": "tags are not kept: the operations are unknown to it",
        "backups": "the operation is unknown to it",
        "vectors": "the version of January 2020 has none",
        "empty-text": "the version of January 2020 keeps no empty texts",
    },
}


class Engine:
    """A process that speaks DynamoDB's protocol on a port of its own."""

    def __init__(self, command, port, folder):
        self.log = open(folder / "engine.log", "ab")
        self.endpoint = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, start_new_session=True)
        for _ in range(600):
            try:
                requests.post(self.endpoint, timeout=1)
                break
            except requests.ConnectionError:
                assert self.process.poll() is None, f"the engine stopped: {(folder / 'engine.log').read_text()[-2000:]}"
                time.sleep(0.05)

    def stop(self):
        self.process.kill()
        self.process.wait()


def dynalite(folder, port):
    cli = HERE / "node/node_modules/dynalite/cli.js"
    return Engine(["node", str(cli), "--host", "127.0.0.1", "--port", str(port), "--createTableMs", "0", "--deleteTableMs", "0", "--updateTableMs", "0"], port, folder)


def dynamodb_local(folder, port):
    home = pathlib.Path(os.environ.get("DAYPASS_DYNAMODB_LOCAL", HERE.parent / ".test/dynamodb-local"))
    command = ["java", f"-Djava.library.path={home}/DynamoDBLocal_lib", "-jar", f"{home}/DynamoDBLocal.jar", "-inMemory", "-sharedDb", "-port", str(port)]
    return Engine(command, port, folder)


class Gateway:
    """Ceph's S3 gateway, with all that is below it."""

    def __init__(self, folder):
        self.folder = folder / "radosgw"
        subprocess.run([HERE / "radosgw", "start", self.folder], check=True, timeout=180)
        told = json.loads((self.folder / "engine.json").read_text())
        self.endpoint = f"http://127.0.0.1:{told['port']}"
        self.keys = (told["access_key_id"], told["secret_access_key"])

    def stop(self):
        subprocess.run([HERE / "radosgw", "stop", self.folder], check=True, timeout=60)


def object_settings(endpoint, folder, keys, more=""):
    """The section that names an engine of objects. Its buckets have other names there."""
    secret = folder / "objects.secret"
    secret.write_text(keys[1])
    return (
        f'[[s3.upstream]]\nname = "behind"\nendpoint = "{endpoint}"\nregion = "us-east-1"\naccess_key_id = "{keys[0]}"\n'
        f'secret_access_key_file = "{secret}"\nstored_as = "kept-{{bucket}}"\ndot_segments = true\nempty_segments = true\n{more}'
    )


def settings(endpoint, folder, keys=("AKIDUPSTREAM", "upstream-secret")):
    """The section that names an engine. Its tables have other names there."""
    secret = folder / "upstream.secret"
    secret.write_text(keys[1])
    return (
        f'[[dynamodb.upstream]]\nendpoint = "{endpoint}"\nregion = "us-east-1"\naccess_key_id = "{keys[0]}"\n'
        f'secret_access_key_file = "{secret}"\nstored_as = "kept."\n'
    )
