"""Service and resource control policies of the configuration file, on a running server."""

import json

import pytest
from botocore.exceptions import ClientError

from conftest import Server

ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture
def governed(tmp_path, store, provider):
    service = tmp_path / "service.json"
    deny = {"Effect": "Deny", "Action": "s3:CreateBucket", "Resource": "*"}
    service.write_text(json.dumps({"Version": "2012-10-17", "Statement": [ALLOW, deny]}))
    resource = tmp_path / "resource.json"
    deny = {"Effect": "Deny", "Principal": "*", "Action": "cognito-identity:GetId", "Resource": "*"}
    resource.write_text(json.dumps({"Version": "2012-10-17", "Statement": deny}))
    settings = f'service_control_policy = [["{service}"]]\nresource_control_policy = [["{resource}"]]\n'
    server = Server(tmp_path / "server", store, provider, settings=settings).start()
    yield server
    server.stop()


def denied(call, **arguments):
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    return refusal.value.response["Error"]["Message"]


def test_they_hold_the_root_and_everybody(governed):
    s3, identity = governed.client("s3"), governed.client("cognito-identity")
    assert denied(s3.create_bucket, Bucket="forbidden").endswith("with an explicit deny in a service control policy")
    assert s3.list_buckets()["Buckets"] == []
    pool = identity.create_identity_pool(IdentityPoolName="game", AllowUnauthenticatedIdentities=True)["IdentityPoolId"]
    anybody = governed.client("cognito-identity", unsigned=True)
    assert denied(anybody.get_id, IdentityPoolId=pool) == (
        "User: anonymous is not authorized to perform: cognito-identity:GetId on resource: * "
        "with an explicit deny in a resource control policy"
    )
