"""Every kind of bad input: an AWS-shaped error, never a panic, a hang or a half-written object."""

import socket
import uuid

import pytest
import requests
from botocore.exceptions import ClientError

TARGET = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSCognitoIdentityService.GetId"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def post(server, body, headers):
    return requests.post(server.endpoint, data=body, headers=headers, timeout=20)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b'{"IdentityPoolId":1}', b'{"IdentityPoolId":"\xff"}', b"[" * 100_000,
     b'{"IdentityPoolId":"a","IdentityPoolId":"b"}', b'{"Logins":{"a":1}}', b"\x00" * 1000],
)
def test_json(server, body):
    answer = post(server, body, TARGET)
    assert answer.status_code == 400
    assert answer.json()["__type"] in ("SerializationException", "ValidationException")
    assert answer.headers["x-amzn-RequestId"]


def test_constraints_are_told_in_amazons_words(server):
    answer = post(server, b'{"IdentityPoolId":"nonsense"}', TARGET)
    assert answer.json()["__type"] == "ValidationException"
    assert answer.json()["message"].startswith("1 validation error detected: Value 'nonsense' at 'identityPoolId' failed to satisfy constraint: ")


def test_unknown_operations(server):
    answer = post(server, b"{}", TARGET | {"X-Amz-Target": "AWSCognitoIdentityService.Nonsense"})
    assert (answer.status_code, answer.json()["__type"]) == (400, "UnknownOperationException")
    answer = post(server, b"Action=Nonsense&Version=2011-06-15", FORM)
    assert answer.status_code == 400 and "InvalidAction" in answer.text


@pytest.mark.parametrize(
    "form",
    [b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15", b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=%zz",
     b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=x&RoleSessionName=y&WebIdentityToken=z",
     b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&Tags.member.99999999999999.Key=x",
     b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=a&RoleArn=b"],
)
def test_forms(server, form):
    answer = post(server, form, FORM)
    assert answer.status_code == 400 and "<Code>" in answer.text


def test_oversized_bodies(server):
    assert post(server, b"x" * 2_000_000, TARGET).status_code in (400, 413)
    assert post(server, b"Action=x&Version=2011-06-15&y=" + b"x" * 500_000, FORM).status_code in (400, 413)


def test_a_token_that_is_none(server, game):
    for token in ["x", "a.b.c", "." * 100, "x" * 50_000, "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.AAAA"]:
        body = {"IdentityPoolId": game.pool, "Logins": game.logins(token)}
        answer = requests.post(server.endpoint, json=body, headers=TARGET, timeout=20)
        assert answer.status_code == 400, answer.text
        assert answer.json()["__type"] == "NotAuthorizedException"


def raw(server, request, read=True):
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
        connection.sendall(request)
        return connection.recv(65536) if read else b""


@pytest.mark.parametrize(
    "request_bytes",
    [b"GET / HTTP/1.1\r\n\r\n", b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /b/%ff HTTP/1.1\r\nHost: x\r\n\r\n",
     b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"NONSENSE\r\n\r\n",
     b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
     b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
     b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: AWS4-HMAC-SHA256 Credential=\xff\r\n\r\n",
     b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: AWS4-HMAC-SHA256 nonsense\r\n\r\n"],
)
def test_raw_requests(server, request_bytes):
    answer = raw(server, request_bytes)
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")) or answer == b"", answer[:200]


def test_a_truncated_object_leaves_nothing(server, game):
    import datetime
    import hashlib

    from botocore.awsrequest import AWSRequest

    from test_attacks import sign_at

    body = b"x" * 100_000
    request = AWSRequest("PUT", f"{server.endpoint}/{game.bucket}/truncated", data=body,
                         headers={"X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest()})
    sign_at(request, server.root, "s3")
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    head = f"PUT /{game.bucket}/truncated HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: {len(body)}\r\n{head}\r\n"
    raw(server, head.encode() + body[:50_000], read=False)
    with pytest.raises(ClientError) as caught:
        server.client("s3").head_object(Bucket=game.bucket, Key="truncated")
    assert caught.value.response["Error"]["Code"] == "404"
    assert requests.get(f"{server.endpoint}/_daypass/health", timeout=5).ok


def test_the_server_is_still_there(server):
    assert "panicked" not in (server.folder / "server.log").read_text()
    assert requests.get(f"{server.endpoint}/_daypass/ready", timeout=5).ok
