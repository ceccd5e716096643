"""The confused deputy: whatever a request looks like, nothing is done or shown that was not decided.

Each table throws requests that try to be one thing to the decision and another to what carries it out. Nothing of the
other player stands in any answer; and after each row their data is as it was, and so is the other bucket. What the
answer is does not matter here: a refusal, or something done within the attacker's own place.
"""

import base64
import itertools
import json
import re
import secrets
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, REGION, Game
from deputy import EMPTY, Signer, canonical_query, request, send, sha256, spellings, status

S3_OPERATIONS = ("PUT", "GET", "HEAD", "DELETE")


class Place:
    """A game with an attacker who is a player, somebody else's data, and another bucket."""

    def __init__(self, server, game):
        self.server, self.game = server, game
        self.host = server.endpoint.removeprefix("http://")
        self.secret, self.hidden = f"secret-{secrets.token_hex(8)}", f"hidden-{secrets.token_hex(8)}"
        self.id, self.keys = game.player("mallory")
        self.other, others_keys = game.player("victim")
        self.bucket, self.foreign, self.table = game.bucket, f"foreign-{game.bucket[-8:]}", game.table
        self.s3, self.dynamo = server.client("s3"), server.client("dynamodb")
        self.s3.create_bucket(Bucket=self.foreign)
        for bucket in (self.bucket, self.foreign):
            for key in (f"{self.other}/profile", f"{self.other}/{self.hidden}", "public/news"):
                self.s3.put_object(Bucket=bucket, Key=key, Body=self.secret.encode(), Metadata={"note": self.secret})
        self.dynamo.put_item(TableName=self.table, Item={"player": {"S": self.other}, "game": {"S": "chess"}, "note": {"S": self.secret}})
        self.dynamo.put_item(TableName=self.table, Item={"player": {"S": self.id}, "game": {"S": "chess"}, "note": {"S": "own"}})
        self.sync = server.client("cognito-sync", others_keys)
        self.dataset = {"IdentityPoolId": game.pool, "IdentityId": self.other, "DatasetName": "saves"}
        server.client("iam").put_role_policy(RoleName=game.role_name, PolicyName="items", PolicyDocument=json.dumps(self.items_policy()))
        self.words = {"B": self.bucket, "F": self.foreign, "T": self.table, "me": quote(self.id), "them": quote(self.other), "ME": self.id, "THEM": self.other, "P": quote(game.pool)}
        token = self.sync.list_records(**self.dataset)["SyncSessionToken"]
        patch = {"Op": "replace", "Key": "level", "Value": self.secret, "SyncCount": 0}
        self.sync.update_records(**self.dataset, SyncSessionToken=token, RecordPatches=[patch])
        self.settings = Signer(self.host, self.keys, "cognito-sync")
        self.signer, self.items = Signer(self.host, self.keys), Signer(self.host, self.keys, "dynamodb")
        self.before = self.seen()

    def items_policy(self):
        """All that a player may do with their own items, beside what the game gives."""
        table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{self.game.table}"
        actions = ["PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete", "ConditionCheckItem"]
        own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${cognito-identity.amazonaws.com:sub}"]}}
        return {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": [f"dynamodb:{action}" for action in actions], "Resource": [table, f"{table}/index/*"], "Condition": own},
            {"Effect": "Allow", "Action": "cognito-sync:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "dynamodb:PartiQLSelect", "Resource": "*", "Condition": {"Bool": {"dynamodb:FullTableScan": "true"}}},
        ]}

    def fill(self, text):
        return re.sub(r"\{(B|F|T|P|me|them|ME|THEM)\}", lambda found: self.words[found.group(1)], text)

    def seen(self):
        """All that the attacker may not change."""
        found = []
        for bucket in (self.bucket, self.foreign):
            listed = self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
            found += [(bucket, one["Key"], one["ETag"], one["LastModified"]) for one in listed if not one["Key"].startswith(f"{self.id}/") or bucket == self.foreign]
            for read in (self.s3.get_bucket_policy, self.s3.get_bucket_cors):
                try:
                    found.append((bucket, json.dumps(read(Bucket=bucket), default=str)))
                except ClientError as error:
                    found.append((bucket, error.response["Error"]["Code"]))
        found.append([bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]])
        items = self.dynamo.scan(TableName=self.table)["Items"]
        found.append([(record["Key"], record["Value"], record["SyncCount"]) for record in self.sync.list_records(**self.dataset)["Records"]])
        found.append([one["DatasetName"] for one in self.sync.list_datasets(IdentityPoolId=self.game.pool, IdentityId=self.other)["Datasets"]])
        return found + [item for item in items if item["player"]["S"] != self.id]

    def shows_nothing(self, what, received):
        for marker in (self.secret, self.hidden):
            assert marker.encode() not in received, f"{what} shows what is not the caller's: {received[:600]!r}"

    def is_unchanged(self, what):
        now = self.seen()
        before, self.before = self.before, now
        assert now == before, f"{what} changed what is not the caller's"

    def throw(self, what, data, linger=0):
        received = send(self.host, data, linger)
        assert b"SlowDown" not in received, "an attack that nobody looks at shows nothing"
        self.shows_nothing(what, received)
        return received

    # A request of the attacker's, signed as it is sent unless said otherwise.
    def s3_request(self, method, target, more=(), data=b"", canonical=None, unsigned=(), host=None, payload=None, length=True):
        target = self.fill(target)
        path, _, query = target.partition("?")
        more = [(name, self.fill(value)) for name, value in more]
        headers = self.signer.headers(method, canonical or path, query, more, payload or sha256(data), host)
        headers += [(name, self.fill(value)) for name, value in unsigned]
        return request(method, target, headers, data, length=length)


@pytest.fixture(scope="module")
def place(server, provider):
    return Place(server, Game(server, provider))


@pytest.fixture(autouse=True)
def nothing_changes(place, request):
    yield
    place.is_unchanged(request.node.name)


def test_the_watch_sees_what_it_must(place):
    """Whoever may do it changes and reads these things: the tables below can fail."""
    root = Signer(place.host, (*place.server.root, None))

    def by_root(method, path):
        return send(place.host, request(method, path, root.headers(method, path)))

    read = by_root("GET", place.fill("/{B}/{them}/profile"))
    with pytest.raises(AssertionError, match="shows what is not the caller's"):
        place.shows_nothing("the root", read)
    place.s3.put_object(Bucket=place.foreign, Key="public/news", Body=b"changed")
    with pytest.raises(AssertionError, match="changed what is not the caller's"):
        place.is_unchanged("the root")
    # And the attacker reaches what is their own with these very bytes.
    assert status(place.throw("own", place.s3_request("PUT", "/{B}/{me}/own", data=b"mine"))) == 200
    assert place.throw("own", place.s3_request("GET", "/{B}/{me}/own")).endswith(b"mine")
    assert status(place.throw("theirs", place.s3_request("GET", "/{B}/{them}/profile"))) == 403
    own = dynamo(place, "GetItem", '{"TableName":"{T}","Key":{"player":{"S":"{ME}"},"game":{"S":"chess"}}}')
    assert status(own) == 200 and b"own" in own
    for who, expected in (("{me}", 200), ("{them}", 403)):
        path = place.fill(f"/identitypools/{{P}}/identities/{who}/datasets")
        headers = place.settings.headers("GET", quote(path, safe="/-_.~"))
        assert status(place.throw(f"datasets of {who}", request("GET", path, headers))) == expected


PATHS = [
    "/{B}/{me}/../{them}/profile",
    "/{B}/{me}/%2e%2e/{them}/profile",
    "/{B}/{me}/%2E%2E/{them}/profile",
    "/{B}/{me}/.%2e/{them}/profile",
    "/{B}/{me}/..%2f{them}/profile",
    "/{B}/{me}%2f..%2f{them}%2fprofile",
    "/{B}/{me}/%252e%252e/{them}/profile",
    "/{B}/{me}/..%252f{them}%252fprofile",
    "/{B}/{me}/..\\{them}\\profile",
    "/{B}/{me}/..%5c{them}%5cprofile",
    "/{B}/{me}/./../{them}/profile",
    "/{B}/{me}//../../{them}/profile",
    "/{B}//{them}/profile",
    "/{B}/./{them}/profile",
    "/{B}/%2f{them}/profile",
    "/{B}/{me}/..;/{them}/profile",
    "/{B}/{me}/x/..%00/../{them}/profile",
    "/{B}/{them}/profile%00",
    "/{B}/{them}/profile%00{me}/",
    "/{B}/{them}/profile/",
    "/{B}/{them}/profile/.",
    "/{B}/{them}/profile;{me}/",
    "/{B}/{them}/profile%20",
    "/{B}/{them}/profile%09",
    "/{B}/{them}/PROFILE",
    "/{B}/{them}/%70rofile",
    "/{B}%2f{them}%2fprofile",
    "/{B}%2F..%2F{F}/{them}/profile",
    "/{B}/../{F}/{them}/profile",
    "/{F}/../{B}/{them}/profile",
    "/{F}/../{B}/{me}/../{them}/profile",
    "//{B}/{them}/profile",
    "///{F}/{them}/profile",
    "/./{B}/{them}/profile",
    "/{me}/../{B}/{them}/profile",
    "/{B}./{them}/profile",
    "/{B}%00/{them}/profile",
    "/{B}%20/{them}/profile",
    "/{B}\t/{them}/profile",
    "/{B}/{me}/%c0%ae%c0%ae/{them}/profile",
    "/{B}/{me}/%ef%bc%8e%ef%bc%8e/{them}/profile",
    "/{B}/{me}/%e2%88%95../{them}/profile",
    "/{B}/%ff/../{them}/profile",
    "/{B}/{them}%ff/profile",
    "/{B}/%zz/{them}/profile",
    "/{B}/{me}/%2/../{them}/profile",
    "/{B}/{me}/%u002e%u002e/{them}/profile",
    "/{B}/{me}#/../{them}/profile",
    "/{B}/{me}%23/../{them}/profile",
    "/{B}/{me}%3f/../{them}/profile",
    "/{B}/{me}/+/../{them}/profile",
    "/{B}:80/{them}/profile",
    "/{B}@{F}/{them}/profile",
    "http://{F}.s3.localhost/{them}/profile",
    "http://{F}/{them}/profile",
    "{B}/{them}/profile",
    "*",
]


@pytest.mark.parametrize("path", PATHS)
def test_paths(place, path):
    """The attacker signs the path, however a server may read it, and holds no rights beyond their own prefix."""
    filled = place.fill(path)
    for method in S3_OPERATIONS:
        data = b"overwritten" if method == "PUT" else b""
        for canonical in spellings(filled):
            received = place.throw(f"{method} {path} signed as {canonical}", place.s3_request(method, path, data=data, canonical=canonical))
            if "/../" not in path:
                continue
            # What was signed for the attacker's own object is not sent elsewhere.
            signed_for_own = place.s3_request(method, path, data=data, canonical=place.fill("/{B}/{me}/own"))
            assert status(place.throw(f"{method} {path} signed for one's own", signed_for_own)) >= 400
        assert received is not None


SOURCES = [
    "/{B}/{them}/profile", "{B}/{them}/profile", "{B}/{THEM}/profile", "/{B}/{me}/../{them}/profile", "/{B}/{me}/%2e%2e/{them}/profile", "/{B}//{them}/profile",
    "/{B}/{me}%2f..%2f{them}%2fprofile", "{B}%2f{them}%2fprofile", "%2f{B}%2f{them}%2fprofile", "//{B}/{them}/profile", "/{F}/{them}/profile", "{F}/public/news",
    "arn:aws:s3:::{B}/{them}/profile", "arn:aws:s3:us-east-1:000000000000:accesspoint/x/object/{them}/profile", "/{B}/{them}/profile?versionId=null",
    "/{B}/{them}/profile?versionId=null&versionId=x", "/{B}/{me}/own?versionId=../{them}/profile", "/{B}/{me}/own?x=/{them}/profile", "/{B}/{them}/profile%3fversionId=null",
    "/{B}/{them}/profile#", "/{B}/{them}/profile%00", "/{B}/%2e/{them}/profile", "/{B}/{me}/own,/{B}/{them}/profile", "http://127.0.0.1/{B}/{them}/profile", "file:///etc/passwd",
    "/{B}/{THEM}/profile ", "\t/{B}/{them}/profile", "/{B}/{me}/%252e%252e/{them}/profile", "/{B}+/{them}/profile", "{B}\\{them}\\profile",
]


@pytest.mark.parametrize("source", SOURCES)
def test_sources_of_copies(place, source):
    """Copying reads: the source is decided as what is read, however it is spelled. What was copied is looked at."""
    for more in ([], [("x-amz-metadata-directive", "REPLACE")]):
        place.throw(f"copy from {source}", place.s3_request("PUT", "/{B}/{me}/copied", [("x-amz-copy-source", source), *more]))
        place.throw(f"after copying {source}", place.s3_request("GET", "/{B}/{me}/copied"))
    started = place.throw("start", place.s3_request("POST", "/{B}/{me}/parts?uploads"))
    upload = re.search(rb"<UploadId>([^<]+)<", started).group(1).decode()
    target = f"/{{B}}/{{me}}/parts?partNumber=1&uploadId={upload}"
    for more in ([], [("x-amz-copy-source-range", "bytes=0-3")]):
        copied = place.throw(f"part from {source}", place.s3_request("PUT", target, [("x-amz-copy-source", source), *more]))
        tag = re.search(rb"<ETag>([^<]+)<", copied)
        if tag:
            etag = tag.group(1).decode().replace("&quot;", "").strip('"')
            listed = f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
            place.throw("complete", place.s3_request("POST", f"/{{B}}/{{me}}/parts?uploadId={upload}", data=listed.encode()))
            place.throw(f"after the part from {source}", place.s3_request("GET", "/{B}/{me}/parts"))


# Headers that would change what a request does, if anybody listened to them.
HEADERS = [
    [("x-http-method-override", "DELETE")], [("x-http-method", "DELETE")], [("x-method-override", "PUT")], [("x-amz-http-method", "DELETE")],
    [("x-original-url", "/{B}/{them}/profile")], [("x-rewrite-url", "/{B}/{them}/profile")], [("x-original-uri", "/{B}/{them}/profile")],
    [("x-forwarded-prefix", "/{B}/{them}")], [("x-forwarded-path", "/{B}/{them}/profile")], [("x-forwarded-host", "{F}.s3.localhost")],
    [("forwarded", "host={F}.s3.localhost;proto=https")], [("x-host", "{F}.s3.localhost")], [("x-forwarded-server", "{F}.s3.localhost")],
    [("content-location", "/{B}/{them}/profile")], [("destination", "/{B}/{them}/profile")], [("location", "/{B}/{them}/profile")],
    [("x-amz-target", "DynamoDB_20120810.Scan")], [("x-amz-target", "S3.DeleteBucket")], [("x-amz-key", "{THEM}/profile")], [("x-amz-bucket", "{F}")],
    [("x-amz-copy-source", "/{B}/{them}/profile")], [("X-Amz-Copy-Source", "/{B}/{me}/own"), ("x-amz-copy-source", "/{B}/{them}/profile")],
    [("x-amz-rename-source", "/{B}/{them}/profile")], [("x-amz-write-offset-bytes", "0")], [("x-amz-acl", "public-read")], [("x-amz-acl", "bucket-owner-full-control")],
    [("x-amz-grant-full-control", 'uri="http://acs.amazonaws.com/groups/global/AllUsers"')], [("x-amz-grant-read", "id=x")], [("x-amz-tagging", "a=b")],
    [("x-amz-website-redirect-location", "/{them}/profile")], [("x-amz-object-lock-mode", "GOVERNANCE")], [("x-amz-bypass-governance-retention", "true")],
    [("x-amz-server-side-encryption", "aws:kms")], [("x-amz-server-side-encryption-customer-algorithm", "AES256")], [("x-amz-mfa", "1 2")],
    [("x-amz-expected-bucket-owner", "111111111111")], [("x-amz-source-expected-bucket-owner", "111111111111")], [("x-amz-request-payer", "requester")],
    [("x-amz-account-id", "111111111111")], [("x-amz-decoded-content-length", "4")], [("x-amz-trailer", "x-amz-copy-source")], [("content-encoding", "aws-chunked")],
    [("transfer-encoding", "identity")], [("connection", "x-amz-date, authorization")], [("connection", "close, host")], [("upgrade", "h2c"), ("connection", "upgrade")],
    [("te", "trailers")], [("range", "bytes=0-")], [("range", "bytes=-99999")], [("if-match", "*")], [("if-none-match", "*")], [("origin", "null")],
    [("origin", "https://evil.example"), ("access-control-request-method", "PUT")], [("x-amz-meta-x", "\x01")], [("expect", "100-continue")], [("content-type", "multipart/form-data; boundary=x")],
    [("cookie", "session=x")], [("authorization ", "x")], [("x_amz_copy_source", "/{B}/{them}/profile")], [("X-AMZ-COPY-SOURCE ", "/{B}/{them}/profile")],
    [("x-forwarded-for", "10.0.0.1")], [("x-amz-security-token", "x")], [("x-amz-content-sha256", "UNSIGNED-PAYLOAD")], [("x-amz-date", "20200101T000000Z")],
    [("host", "{F}.s3.localhost")], [("authorization", "AWS4-HMAC-SHA256 Credential=x")], [("content-length", "0")], [("content-length", "4"), ("content-length", "5")],
]
# Headers of Amazon's that were not signed are refused whatever they say; so is what makes a request two requests.
REFUSED = ("x-amz-copy-source", "x-amz-tagging", "x-amz-acl", "x-amz-meta-x", "x-amz-content-sha256", "x-amz-security-token", "x-amz-date", "x-amz-website-redirect-location")


@pytest.mark.parametrize("more", HEADERS, ids=lambda more: "+".join(f"{name}={value[:20]}" for name, value in more).replace("\x01", "1"))
def test_headers(place, more):
    for method in S3_OPERATIONS:
        data = b"mine" if method == "PUT" else b""
        for target in ("/{B}/{me}/own", "/{B}?list-type=2&prefix={me}/"):
            place.throw(f"{method} {target} with signed {more}", place.s3_request(method, target, more, data))
            received = place.throw(f"{method} {target} with unsigned {more}", place.s3_request(method, target, data=data, unsigned=more))
            if all(name.lower() in REFUSED for name, _ in more):
                assert status(received) >= 400, f"{method} with unsigned {more}: {received[:300]!r}"
    # Whatever was kept of it is the attacker's own.
    place.throw(f"after {more}", place.s3_request("GET", "/{B}/{me}/own"))


def test_hosts(place):
    """The host that was signed is the host that counts; the bucket in it is decided like one in the path."""
    for host in (f"{place.foreign}.s3.localhost", f"{place.bucket}.s3.localhost", f"{place.foreign}.s3.localhost.", f"{place.foreign.upper()}.S3.LOCALHOST",
                 f"{place.foreign}.s3.localhost:80", f"x@{place.foreign}.s3.localhost", f"{place.foreign}%2es3.localhost", "console.localhost", "", " "):
        for method, path in itertools.product(("GET", "DELETE"), ("/{them}/profile", "/public/news", "/{B}/{them}/profile", "/")):
            place.throw(f"{method} {path} at {host}", place.s3_request(method, path, host=host))
            # Signed for this server, sent with another name, before and after.
            bytes_ = place.s3_request(method, path)
            own = f"host: {place.host}\r\n".encode()
            for other in (f"host: {host}\r\n".encode(), own + f"host: {host}\r\n".encode(), f"host: {host}\r\n".encode() + own):
                place.throw(f"{method} {path} with {other}", bytes_.replace(own, other))
            absolute = bytes_.replace(b" /", f" http://{host}/".encode(), 1)
            place.throw(f"{method} {path} absolute at {host}", absolute)


QUERIES = [
    ("GET", "/{B}?prefix={me}/&prefix={them}/"), ("GET", "/{B}?prefix={them}/&prefix={me}/"), ("GET", "/{B}?list-type=2&prefix={me}/&prefix="), ("GET", "/{B}?list-type=2&Prefix={me}/"),
    ("GET", "/{B}?list-type=2&prefix={me}/&PREFIX="), ("GET", "/{B}?list-type=2&%70refix={me}/"), ("GET", "/{B}?list-type=2&prefix={me}/../{them}/"), ("GET", "/{B}?list-type=2&prefix={me}/%2e%2e/{them}/"),
    ("GET", "/{B}?list-type=2&prefix={me}/&start-after={them}/"), ("GET", "/{B}?list-type=2&prefix={me}/&continuation-token={them}"), ("GET", "/{B}?prefix={me}/&marker={them}/"),
    ("GET", "/{B}?list-type=2&list-type=1&prefix={me}/"), ("GET", "/{B}?list-type=1&prefix={them}/"), ("GET", "/{B}?list-type=2;prefix={them}/&prefix={me}/"), ("GET", "/{B}?list-type=2&prefix[]={me}/"),
    ("GET", "/{B}?list-type=2&prefix={me}/%00"), ("GET", "/{B}?list-type=2&prefix={me}*"), ("GET", "/{B}?list-type=2&prefix={me}/&max-keys=1000&max-keys=1"), ("GET", "/{B}?list-type=2&prefix={me}/&delimiter=/&delimiter="),
    ("GET", "/{B}?versions"), ("GET", "/{B}?versions&prefix={me}/"), ("GET", "/{B}?list-type=2&versions&prefix={me}/"), ("GET", "/{B}?uploads"), ("GET", "/{B}?uploads&prefix={me}/"), ("GET", "/{B}?policy&prefix={me}/"),
    ("PUT", "/{B}?policy"), ("PUT", "/{B}/?policy"), ("PUT", "/{B}?%70olicy"), ("PUT", "/{B}?Policy"), ("PUT", "/{B}?policy=&cors"), ("PUT", "/{B}?cors&policy"), ("PUT", "/{B}/{me}/own?policy"), ("PUT", "/{B}/{me}/own?acl"),
    ("PUT", "/{B}?acl"), ("PUT", "/{B}?cors"), ("PUT", "/{B}?versioning"), ("PUT", "/{B}?lifecycle"), ("PUT", "/{B}?tagging"), ("PUT", "/{B}?publicAccessBlock"), ("PUT", "/{B}?ownershipControls"), ("PUT", "/{B}?encryption"),
    ("PUT", "/{B}?notification"), ("PUT", "/{B}?website"), ("PUT", "/{B}?logging"), ("PUT", "/{B}?replication"), ("PUT", "/{B}?object-lock"), ("PUT", "/{B}?policy&x-id=PutObject"), ("DELETE", "/{B}?policy"), ("DELETE", "/{B}?cors"),
    ("DELETE", "/{B}"), ("DELETE", "/{F}"), ("DELETE", "/{B}?x-id=DeleteObject"), ("DELETE", "/{B}/?{me}/own"), ("DELETE", "/{B}/{them}/profile?versionId=null"), ("DELETE", "/{B}/{me}/own?versionId=../{them}/profile"),
    ("DELETE", "/{B}/{me}/own?key={them}/profile"), ("GET", "/{B}/{me}/own?key={them}/profile"), ("GET", "/{B}/{me}/own?versionId=x&key={THEM}/profile"), ("GET", "/{B}/{me}/own?x-id=ListObjects"), ("GET", "/{B}/{them}/profile?torrent"),
    ("GET", "/{B}/{them}/profile?tagging"), ("GET", "/{B}/{them}/profile?acl"), ("GET", "/{B}/{them}/profile?attributes"), ("GET", "/{B}/{them}/profile?partNumber=1"), ("GET", "/{B}/{me}/own?response-content-type=text/html%0d%0ax-amz-copy-source:x"),
    ("GET", "/{B}/{me}/own?response-location=/x"), ("GET", "/{B}/{me}/own?partNumber=1&partNumber=2"), ("PUT", "/{B}/{me}/own?x-amz-copy-source=/{B}/{them}/profile"), ("PUT", "/{B}/{me}/own?X-Amz-Copy-Source=/{B}/{them}/profile"),
    ("PUT", "/{B}/{me}/own?x-amz-acl=public-read"), ("PUT", "/{B}/{me}/own?x-amz-tagging=a%3Db"), ("PUT", "/{B}/{me}/own?tagging"), ("PUT", "/{B}/{them}/profile?tagging"), ("PUT", "/{B}/{them}/profile?retention"),
    ("PUT", "/{B}/{me}/own?uploadId=x&partNumber=1"), ("PUT", "/{B}/{them}/profile?uploadId=x&partNumber=1"), ("POST", "/{B}/{them}/profile?restore"), ("POST", "/{B}/{them}/profile?select&select-type=2"), ("POST", "/{B}/{them}/profile?uploads"),
    ("POST", "/{B}?delete&policy"), ("POST", "/{B}/{me}/own?delete"), ("POST", "/{B}"), ("POST", "/{B}/{me}/own"), ("GET", "/?Action=ListUsers&Version=2010-05-08"), ("GET", "/{B}?Action=ListUsers&Version=2010-05-08"),
    ("POST", "/{B}?_method=DELETE"), ("GET", "/{B}/{me}/own?_method=DELETE"), ("GET", "/?prefix={F}"), ("GET", "/"), ("PATCH", "/{B}/{them}/profile"), ("MOVE", "/{B}/{me}/own"), ("COPY", "/{B}/{them}/profile"), ("LOCK", "/{B}/{them}/profile"),
    ("get", "/{B}/{them}/profile"), ("Delete", "/{B}/{them}/profile"), ("OPTIONS", "/{B}/{them}/profile"), ("TRACE", "/{B}/{them}/profile"), ("CONNECT", "{F}.s3.localhost:80"), ("GET", "/_daypass/metrics"), ("GET", "/_daypass/../{B}/{them}/profile"),
]


@pytest.mark.parametrize(("method", "target"), QUERIES)
def test_queries(place, method, target):
    document = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{place.bucket}", f"arn:aws:s3:::{place.bucket}/*"]}})
    for data in {b"", document.encode() if method in ("PUT", "POST") else b""}:
        received = place.throw(f"{method} {target}", place.s3_request(method, target, data=data))
        # A parameter that stands twice, or in a spelling that another reader would not take for it, is not obeyed in silence.
        if "prefix={me}/&prefix=" in target or "prefix={them}/&prefix={me}" in target:
            assert status(received) >= 400, received[:300]


def test_presigned_urls(place):
    """Whoever holds a URL does with it what was signed, and nothing beside it."""
    path = place.fill("/{B}/{me}/own")
    other = place.fill("/{B}/{them}/profile")
    for method in ("GET", "PUT", "DELETE"):
        query = place.signer.presigned(method, path)
        host = [("host", place.host)]
        data = b"by url" if method == "PUT" else b""
        own = place.throw(f"{method} by URL", request(method, f"{path}?{query}", host, data))
        assert status(own) in (200, 204), own
        if method == "DELETE":
            place.throw("again", place.s3_request("PUT", "/{B}/{me}/own", data=b"mine"))
        wrong = {
            "another method": request("DELETE" if method != "DELETE" else "GET", f"{path}?{query}", host),
            "another key": request(method, f"{other}?{query}", host, data),
            "a dot segment": request(method, f"{path}/../../{place.words['them']}/profile?{query}", host, data),
            "a copy": request(method, f"{path}?{query}", [*host, ("x-amz-copy-source", other)], data),
            "a copy in the query": request(method, f"{path}?{query}&x-amz-copy-source={quote(other)}", host, data),
            "a version": request(method, f"{path}?{query}&versionId=null", host, data),
            "a sub-resource": request(method, f"{path}?{query}&tagging", host, data),
            "a sub-resource in front": request(method, f"{path}?acl&{query}", host, data),
            "a second signature": request(method, f"{path}?{query}&X-Amz-Signature={'0' * 64}", host, data),
            "a second credential": request(method, f"{path}?{query}&X-Amz-Credential=x", host, data),
            "a longer life": request(method, f"{path}?{query.replace('X-Amz-Expires=300', 'X-Amz-Expires=604800')}", host, data),
            "metadata": request(method, f"{path}?{query}", [*host, ("x-amz-meta-added", "x")], data),
            "tags": request(method, f"{path}?{query}", [*host, ("x-amz-tagging", "a=b")], data),
            "another token": request(method, f"{path}?{query}", [*host, ("x-amz-security-token", "x")], data),
            "an own signature beside it": request(method, f"{path}?{query}", place.signer.headers(method, path, query), data),
            "another host": request(method, f"{path}?{query}", [("host", f"{place.foreign}.s3.localhost")], data),
            "another spelling": request(method, f"{path}?{query.replace('X-Amz-', 'x-amz-')}", host, data),
        }
        for name, bytes_ in wrong.items():
            received = place.throw(f"a URL for {method} with {name}", bytes_)
            if name != "metadata" or method == "PUT":
                assert status(received) >= 400, f"a URL for {method} with {name}: {received[:400]!r}"


DELETIONS = [
    "<Key>{ME}/../{THEM}/profile</Key>", "<Key>{THEM}/profile</Key>", "<Key>{ME}/own</Key><Key>{THEM}/profile</Key>", "<Key>{THEM}/profile</Key><Key>{ME}/own</Key>", "<Key>{ME}/own</Key><VersionId>{THEM}/profile</VersionId>",
    "<Key><![CDATA[{THEM}/profile]]></Key>", "<Key>{ME}/own<!-- --></Key>", "<Key>{ME}/x<b>{THEM}/profile</b></Key>", "<Key>%{THEM}/profile</Key>", "<Key>&#x7b;</Key>", "<key>{THEM}/profile</key><Key>{ME}/own</Key>", "<Key> {THEM}/profile </Key>",
    "<x:Key xmlns:x='http://s3.amazonaws.com/doc/2006-03-01/'>{THEM}/profile</x:Key><Key>{ME}/own</Key>", "<Key>{ME}/own</Key></Object><Object><Key>{THEM}/profile</Key>", "<Bucket>{F}</Bucket><Key>public/news</Key>", "<Key>/{F}/public/news</Key>",
    "<Key>../{F}/public/news</Key>", "<Key>{THEM}/profile&#0;</Key>", "<Key></Key>", "<Key>&victim;</Key>",
]


@pytest.mark.parametrize("entry", DELETIONS)
def test_lists_of_deletions(place, entry):
    entry = place.fill(entry)
    inner = f"<Object>{entry}</Object><Quiet>false</Quiet>"
    entity = f'<!DOCTYPE Delete [<!ENTITY victim "{place.other}/profile">]>'
    for document in (f"<Delete>{inner}</Delete>", f"{entity}<Delete>{inner}</Delete>", f"<Delete>{inner}</Delete><Delete>{inner}</Delete>", f'<Delete xmlns="x">{inner}</Delete>'):
        for data in (document.encode(), document.encode("utf-16")):
            import hashlib

            digest = base64.b64encode(hashlib.md5(data).digest()).decode()
            place.throw(f"deleting {entry}", place.s3_request("POST", "/{B}?delete", [("content-md5", digest)], data))
    place.throw("own again", place.s3_request("PUT", "/{B}/{me}/own", data=b"mine"))


def test_bodies_that_hide_requests(place):
    """Lengths, chunks and their extensions: what follows a body is no request of its own."""
    hidden = place.fill("DELETE /{B}/{them}/profile HTTP/1.1\r\nhost: x\r\n\r\n").encode()
    copy = place.fill("x-amz-copy-source: /{B}/{them}/profile")
    chunked = [("transfer-encoding", "chunked")]
    path = "/{B}/{me}/own"

    def own(data, unsigned, length=False):
        return place.s3_request("PUT", path, data=data, unsigned=unsigned, length=length, payload="UNSIGNED-PAYLOAD")

    def body_of(head, raw):
        return head.split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n" + raw

    for name, head, raw in (
        ("both lengths", own(b"", [*chunked, ("content-length", "4")]), b"0\r\n\r\n" + hidden),
        ("both lengths, the other first", own(b"", [("content-length", "4"), *chunked]), b"0\r\n\r\n" + hidden),
        ("chunked twice", own(b"", [*chunked, *chunked]), b"0\r\n\r\n" + hidden),
        ("chunked in another spelling", own(b"", [("transfer-encoding", "xchunked"), ("content-length", "5")]), b"0\r\n\r\n" + hidden),
        ("chunked after a tab", own(b"", [("transfer-encoding", "\tchunked"), ("content-length", "5")]), b"0\r\n\r\n" + hidden),
        ("chunked, identity", own(b"", [("transfer-encoding", "chunked, identity"), ("content-length", "5")]), b"0\r\n\r\n" + hidden),
        ("two lengths", own(b"", [("content-length", "0"), ("content-length", str(len(hidden)))]), hidden),
        ("a length with a sign", own(b"", [("content-length", "+0")]), hidden),
        ("a length in hex", own(b"", [("content-length", "0x0")]), hidden),
        ("a length list", own(b"", [("content-length", "0, 0")]), hidden),
        ("a chunk extension", own(b"", chunked), b"4;" + copy.encode() + b"\r\nmine\r\n0\r\n\r\n"),
        ("a chunk extension with a line", own(b"", chunked), b"4;a=\"\n" + copy.encode() + b"\"\r\nmine\r\n0\r\n\r\n"),
        ("a trailer", own(b"", [*chunked, ("trailer", "x-amz-copy-source")]), b"4\r\nmine\r\n0\r\n" + copy.encode() + b"\r\n\r\n"),
        ("trailing metadata", own(b"", [*chunked, ("trailer", "x-amz-meta-a")]), b"4\r\nmine\r\n0\r\nx-amz-meta-a: b\r\nhost: x\r\n\r\n"),
        ("a chunk of no length", own(b"", chunked), b"\r\nmine\r\n0\r\n\r\n" + hidden),
        ("a chunk too large", own(b"", chunked), b"ffffffffffffffff1\r\nmine\r\n0\r\n\r\n" + hidden),
        ("a folded header", own(b"mine", [("x-a", "b\r\n " + copy)], length=True), b"mine"),
        ("a header after a bare line feed", own(b"mine", [("x-a", "b\n" + copy)], length=True), b"mine"),
        ("a header after a bare carriage return", own(b"mine", [("x-a", "b\r" + copy)], length=True), b"mine"),
        ("a header after a zero", own(b"mine", [("x-a", "b\0" + copy)], length=True), b"mine"),
        ("a second request of somebody unsigned", own(b"mine", [], length=True), b"mine" + hidden),
    ):
        place.throw(name, body_of(head, raw), linger=0.2)
        place.throw(f"after {name}", place.s3_request("GET", path))


def signed_chunks(place, framing):
    """A body in chunks, announced as Amazon's SDKs do it."""
    headers = place.signer.headers("PUT", place.fill("/{B}/{me}/own"), "", [
        ("x-amz-decoded-content-length", "4"), ("content-encoding", "aws-chunked"), ("x-amz-trailer", "x-amz-checksum-crc32"),
    ], "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    return request("PUT", place.fill("/{B}/{me}/own"), headers, framing)


@pytest.mark.parametrize("framing", [
    b"4\r\nmine\r\n0\r\nx-amz-copy-source:/x\r\n\r\n", b"4\r\nmine\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\nx-amz-meta-a:b\r\n\r\n", b"4;chunk-signature=" + b"0" * 64 + b"\r\nmine\r\n0\r\n\r\n",
    b"4;x-amz-copy-source=/x\r\nmine\r\n0\r\n\r\n", b"4\r\nmine\r\n0\r\n\r\nDELETE / HTTP/1.1\r\n\r\n", b"5\r\nmine!\r\n0\r\n\r\n", b"-4\r\nmine\r\n0\r\n\r\n", b"4\nmine\n0\n\n", b"0x4\r\nmine\r\n0\r\n\r\n", b"4\r\nmine0\r\n\r\n", b"4\r\nmine\r\n",
    b"4\r\nmine\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\nx-amz-checksum-crc32:BBBBBB==\r\n\r\n", b"4 \r\nmine\r\n0\r\n\r\n", b"00000000000000000004\r\nmine\r\n0\r\n\r\n",
])
def test_chunks_of_amazons(place, framing):
    """What is not in the frame that was announced leaves nothing behind."""
    place.throw("own", place.s3_request("PUT", "/{B}/{me}/own", data=b"before"))
    received = place.throw(f"chunks {framing}", signed_chunks(place, framing))
    after = place.throw("after", place.s3_request("GET", "/{B}/{me}/own"))
    # No checksum that fits stands in any of these trailers.
    assert status(received) >= 400 and after.endswith(b"before"), f"{framing}: {received[:300]!r}"


def test_pseudo_headers_of_http_2(place):
    """A request in frames: the pseudo-headers are what is signed, and there is one of each."""
    target = place.fill("/{B}/{me}/own")
    theirs = place.fill("/{B}/{them}/profile")
    signed = [(name, value) for name, value in place.signer.headers("GET", target) if name != "host"]
    usual = [(":method", "GET"), (":scheme", "http"), (":authority", place.host), (":path", target)]
    assert b":status=200" in frames(place, usual + signed), "the plain request is answered"
    # The authority is the host that counts, whatever a header says beside it.
    assert b":status=200" in frames(place, [*usual, ("host", f"{place.foreign}.s3.localhost"), *signed])
    for name, headers in {
        "another path": [*usual[:3], (":path", theirs), *signed],
        "two paths": [*usual, (":path", theirs), *signed],
        "two paths, the other first": [*usual[:3], (":path", theirs), (":path", target), *signed],
        "two methods": [(":method", "DELETE"), *usual, *signed],
        "a late pseudo-header": [*usual, *signed, (":path", theirs)],
        "an absolute path": [*usual[:3], (":path", f"http://{place.host}{theirs}"), *signed],
        "a path with a fragment": [*usual[:3], (":path", f"{theirs}#{target}"), *signed],
        "a path with a line": [*usual[:3], (":path", f"{target} HTTP/1.1\r\nx: y"), *signed],
        "an unknown pseudo-header": [*usual, (":override", "DELETE"), *signed],
        "a protocol": [(":method", "CONNECT"), (":protocol", "websocket"), *usual[1:], *signed],
        "another authority": [*usual[:2], (":authority", f"{place.foreign}.s3.localhost"), usual[3], *signed],
        "no authority, another host": [*usual[:2], usual[3], ("host", f"{place.foreign}.s3.localhost"), *signed],
        "an upper-case header": [*usual, ("X-Amz-Copy-Source", theirs), *signed],
        "a header with a line": [*usual, ("x-a", f"b\r\nx-amz-copy-source: {theirs}"), *signed],
        "a connection header": [*usual, ("connection", "x-amz-date"), *signed],
        "transfer encoding": [*usual, ("transfer-encoding", "chunked"), *signed],
        "a wrong length": [*usual, ("content-length", "99"), *signed],
        "an unsigned copy": [(":method", "PUT"), *usual[1:], ("x-amz-copy-source", theirs), *[(n, v) for n, v in place.signer.headers("PUT", target) if n != "host"]],
    }.items():
        received = frames(place, headers)
        place.shows_nothing(f"HTTP/2 with {name}", received)
        if "connection" not in name and "length" not in name and "fragment" not in name:
            assert b":status=200" not in received, f"HTTP/2 with {name}: {received[:300]!r}"


def frames(place, headers):
    """What an HTTP/2 connection answers to these headers, without the library's manners."""
    import socket

    import h2.config
    import h2.connection
    import h2.events

    config = h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False, validate_inbound_headers=False, header_encoding=None)
    connection = h2.connection.H2Connection(config)
    name, port = place.host.split(":")
    received = b""
    with socket.create_connection((name, int(port)), timeout=10) as stream:
        connection.initiate_connection()
        # What the library would not write is put into its encoder as it is.
        connection.send_headers(1, [(n.encode(), v.encode("utf-8", "surrogateescape")) for n, v in headers], end_stream=True)
        stream.sendall(connection.data_to_send())
        while True:
            data = stream.recv(65536)
            if not data:
                return received + b"closed"
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    received += b" ".join(n + b"=" + v for n, v in event.headers)
                elif isinstance(event, h2.events.DataReceived):
                    received += event.data
                elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset, h2.events.ConnectionTerminated)):
                    return received
            stream.sendall(connection.data_to_send())


OWN = '"Key":{"player":{"S":"{ME}"},"game":{"S":"chess"}}'
THEIRS = '"Key":{"player":{"S":"{THEM}"},"game":{"S":"chess"}}'
ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{T}}"


def dynamo(place, operation, text, more=(), unsigned=(), query="", path="/"):
    data = place.fill(text).encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    named = [("x-amz-target", f"DynamoDB_20120810.{operation}"), ("content-type", "application/x-amz-json-1.0"), *more]
    headers = place.items.headers("POST", path, query, named, sha256(data))
    received = send(place.host, request("POST", path + (f"?{query}" if query else ""), [*headers, *unsigned], data))
    place.shows_nothing(f"{operation} {text}", received)
    return received


def values(text):
    return f'"ExpressionAttributeValues":{{{text}}}'


BOUND = values('":b":{"S":"{THEM}"}')
ITEMS = [
    # A member that stands twice, in whatever spelling, at whatever depth.
    *[(operation, f'{{"TableName":"{{T}}",{one},{two}}}') for operation in ("GetItem", "DeleteItem") for one, two in ((OWN, THEIRS), (THEIRS, OWN))],
    *[("GetItem", '{"TableName":"{T}",' + OWN + "," + THEIRS.replace("Key", name) + "}") for name in ("key", "\\u004bey", "Key ", "Key\\u0000")],
    ("GetItem", '{"TableName":"{T}","Key":{"player":{"S":"{ME}"},"game":{"S":"chess"},"player":{"S":"{THEM}"}}}'),
    ("GetItem", '{"TableName":"{T}","Key":{"player":{"S":"{ME}","S":"{THEM}"},"game":{"S":"chess"}}}'),
    ("GetItem", '{"TableName":"{T}","Key":{"player":{"S":"{ME}","s":"{THEM}"},"game":{"S":"chess"}}}'),
    ("GetItem", '{"TableName":"{T}","Key":{"\\u0070layer":{"S":"{THEM}"},"player":{"S":"{ME}"},"game":{"S":"chess"}}}'),
    ("GetItem", '{"TableName":"{T}","Key":{"Player":{"S":"{ME}"},"player":{"S":"{THEM}"},"game":{"S":"chess"}}}'),
    ("GetItem", '{"TableName":"{T}","Key":{"player":{"S":["{ME}","{THEM}"]},"game":{"S":"chess"}}}'),
    ("GetItem", '{"TableName":"{T}","Key":{"player":{"SS":["{THEM}"]},"game":{"S":"chess"}}}'),
    ("GetItem", '{"TableName":"{T}","Key":[{"player":{"S":"{THEM}"}},{"game":{"S":"chess"}}]}'),
    ("GetItem", '{"TableName":"{T}","Key":{"player":{"S":"{ME}"},"game":{"S":"chess"}},"Keys":[{"player":{"S":"{THEM}"},"game":{"S":"chess"}}]}'),
    ("GetItem", f'{{"TableName":"{{T}}","TableName":"{{T}}",{OWN}}}'),
    ("GetItem", f'{{"TableName":"{ARN}",{THEIRS}}}'),
    ("GetItem", f'{{"TableName":"{ARN}/index/by-game",{THEIRS}}}'),
    ("GetItem", f'{{"TableName":"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/{{T}}",{THEIRS}}}'),
    ("GetItem", f'{{"TableName":"arn:aws:dynamodb:{REGION}:111111111111:table/{{T}}",{OWN}}}'),
    ("GetItem", f'{{"TableName":"../{{T}}",{THEIRS}}}'),
    ("GetItem", f'{{"TableName":"{{T}}\\u0000",{THEIRS}}}'),
    ("GetItem", f'{{"TableName":"{{T}}",{OWN}}} {{"TableName":"{{T}}",{THEIRS}}}'),
    ("GetItem", f'[{{"TableName":"{{T}}",{THEIRS}}}]'),
    ("GetItem", f'\ufeff{{"TableName":"{{T}}",{THEIRS}}}'),
    ("GetItem", f'{{"TableName":"{{T}}",{OWN},"Input":{{"TableName":"{{T}}",{THEIRS}}}}}'),
    ("GetItem", f'{{"TableName":"{{T}}",{OWN},/*{THEIRS}*/"ConsistentRead":true}}'),
    # Conditions on keys that name somebody else too.
    *[("Query", f'{{"TableName":"{{T}}","KeyConditionExpression":"{condition}",{values(bound)}{more}}}') for condition, bound, more in (
        ("player = :a OR player = :b", '":a":{"S":"{ME}"},":b":{"S":"{THEM}"}', ""),
        ("player = :a AND player = :b", '":a":{"S":"{ME}"},":b":{"S":"{THEM}"}', ""),
        ("(player = :a) OR (player = :b)", '":a":{"S":"{ME}"},":b":{"S":"{THEM}"}', ""),
        ("player IN (:a, :b)", '":a":{"S":"{ME}"},":b":{"S":"{THEM}"}', ""),
        ("NOT player = :a", '":a":{"S":"{ME}"}', ""),
        ("player <> :a", '":a":{"S":"{ME}"}', ""),
        ("player >= :a", '":a":{"S":""}', ""),
        ("begins_with(player, :a)", '":a":{"S":"us-"}', ""),
        ("player BETWEEN :a AND :b", '":a":{"S":"a"},":b":{"S":"z"}', ""),
        (":a = player", '":a":{"S":"{THEM}"}', ""),
        ("#p = :a", '":a":{"S":"{THEM}"}', ',"ExpressionAttributeNames":{"#p":"player"}'),
        ("#p = :a", '":a":{"S":"{THEM}"}', ',"ExpressionAttributeNames":{"#p":"game","#p":"player"}'),
        ("player = :a", '":a":{"S":"{ME}"},":a":{"S":"{THEM}"}', ""),
        ("player = :a", '":a":{"S":"{ME}","S":"{THEM}"}', ""),
        ("player = :a", '":a":{"S":"{ME}"}', ',"KeyConditions":{"player":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"{THEM}"}]}}'),
        ("player = :a", '":a":{"S":"{ME}"}', ',"KeyConditionExpression":"player = :b","ExpressionAttributeValues":{":b":{"S":"{THEM}"}}'),
        ("player = :a", '":a":{"S":"{ME}"}', ',"ExclusiveStartKey":{"player":{"S":"{THEM}"},"game":{"S":"a"}}'),
        ("player = :a", '":a":{"S":"{ME}"}', ',"IndexName":"by-game"'),
        ("player = :a", '":a":{"S":"{ME}"}', ',"FilterExpression":"player = :a OR size(note) > :a"'),
        ("game = :a", '":a":{"S":"chess"}', ',"IndexName":"by-game"'),
        ("game = :a AND player = :b", '":a":{"S":"chess"},":b":{"S":"{ME}"}', ""),
        ("player = :a\\u0000 OR player = :b", '":a":{"S":"{ME}"},":b":{"S":"{THEM}"}', ""),
        ("player = :a -- AND", '":a":{"S":"{THEM}"}', ""),
        ("PLAYER = :a", '":a":{"S":"{ME}"}', ""),
        ("player.x = :a", '":a":{"S":"{ME}"}', ""),
        ("player[0] = :a", '":a":{"S":"{ME}"}', ""),
    )],
    ("Query", '{"TableName":"{T}","KeyConditions":{"player":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"{ME}"},{"S":"{THEM}"}]}}}'),
    ("Query", '{"TableName":"{T}","KeyConditions":{"player":{"ComparisonOperator":"NE","AttributeValueList":[{"S":"{ME}"}]}}}'),
    ("Query", '{"TableName":"{T}","KeyConditions":{"player":{"ComparisonOperator":"IN","AttributeValueList":[{"S":"{ME}"},{"S":"{THEM}"}]}}}'),
    ("Query", '{"TableName":"{T}","KeyConditions":{"player":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"{ME}"}]}},"ConditionalOperator":"OR"}'),
    ("Query", '{"TableName":"{T}"}'),
    ("Scan", '{"TableName":"{T}"}'),
    ("Scan", '{"TableName":"{T}","ScanFilter":{"player":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"{ME}"}]}}}'),
    ("scan", '{"TableName":"{T}"}'),
    # Writes whose second half is somebody else's.
    ("PutItem", '{"TableName":"{T}","Item":{"player":{"S":"{ME}"},"game":{"S":"x"}},"Item":{"player":{"S":"{THEM}"},"game":{"S":"chess"}}}'),
    ("PutItem", '{"TableName":"{T}","Item":{"player":{"S":"{THEM}"},"game":{"S":"new"}}}'),
    ("PutItem", '{"TableName":"{T}","Item":{"player":{"S":"{ME}"},"game":{"S":"x"},"player":{"S":"{THEM}"}}}'),
    ("PutItem", f'{{"TableName":"{{T}}","Item":{{"player":{{"S":"{{ME}}"}},"game":{{"S":"x"}}}},{THEIRS}}}'),
    ("UpdateItem", f'{{"TableName":"{{T}}",{OWN},"UpdateExpression":"SET player = :b",{BOUND}}}'),
    ("UpdateItem", f'{{"TableName":"{{T}}",{OWN},"AttributeUpdates":{{"player":{{"Action":"PUT","Value":{{"S":"{{THEM}}"}}}}}}}}'),
    ("UpdateItem", f'{{"TableName":"{{T}}",{OWN},{THEIRS},"UpdateExpression":"SET note = :b",{BOUND}}}'),
    ("DeleteItem", f'{{"TableName":"{{T}}",{OWN},"Expected":{{"player":{{"Value":{{"S":"{{THEM}}"}}}}}}}}'),
    ("BatchGetItem", '{"RequestItems":{"{T}":{"Keys":[{"player":{"S":"{ME}"},"game":{"S":"chess"}},{"player":{"S":"{THEM}"},"game":{"S":"chess"}}]}}}'),
    ("BatchGetItem", '{"RequestItems":{"{T}":{"Keys":[{"player":{"S":"{ME}"},"game":{"S":"chess"}}]},"{T}":{"Keys":[{"player":{"S":"{THEM}"},"game":{"S":"chess"}}]}}}'),
    ("BatchGetItem", f'{{"RequestItems":{{"{{T}}":{{"Keys":[{{"player":{{"S":"{{ME}}"}},"game":{{"S":"chess"}}}}]}},"{ARN}":{{"Keys":[{{"player":{{"S":"{{THEM}}"}},"game":{{"S":"chess"}}}}]}}}}}}'),
    ("BatchWriteItem", '{"RequestItems":{"{T}":[{"PutRequest":{"Item":{"player":{"S":"{ME}"},"game":{"S":"b"}}},"DeleteRequest":{"Key":{"player":{"S":"{THEM}"},"game":{"S":"chess"}}}}]}}'),
    ("BatchWriteItem", f'{{"RequestItems":{{"{ARN}":[{{"DeleteRequest":{{"Key":{{"player":{{"S":"{{THEM}}"}},"game":{{"S":"chess"}}}}}}}}]}}}}'),
    ("TransactGetItems", f'{{"TransactItems":[{{"Get":{{"TableName":"{{T}}",{OWN}}}}},{{"Get":{{"TableName":"{{T}}",{THEIRS}}}}}]}}'),
    ("TransactWriteItems", f'{{"TransactItems":[{{"ConditionCheck":{{"TableName":"{{T}}",{OWN},"ConditionExpression":"attribute_exists(player)"}},"Delete":{{"TableName":"{{T}}",{THEIRS}}}}}]}}'),
    ("TransactWriteItems", f'{{"TransactItems":[{{"Delete":{{"TableName":"{{T}}",{OWN},{THEIRS}}}}}]}}'),
    ("TransactWriteItems", f'{{"TransactItems":[{{"ConditionCheck":{{"TableName":"{{T}}",{THEIRS},"ConditionExpression":"attribute_not_exists(player)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}}}}]}}'),
    # PartiQL.
    *[("ExecuteStatement", json.dumps({"Statement": statement} | ({"Parameters": parameters} if parameters else {}))) for statement, parameters in (
        ("SELECT * FROM \"{T}\"", None),
        ("SELECT * FROM \"{T}\" WHERE player = '{ME}' OR player = '{THEM}'", None),
        ("SELECT * FROM \"{T}\" WHERE player IN ['{ME}', '{THEM}']", None),
        ("SELECT * FROM \"{T}\" WHERE player IN ('{ME}', '{THEM}')", None),
        ("SELECT * FROM \"{T}\" WHERE NOT player = '{ME}'", None),
        ("SELECT * FROM \"{T}\" WHERE player = '{ME}' OR 1 = 1", None),
        ("SELECT * FROM \"{T}\" WHERE (player = '{ME}' AND game = 'chess') OR begins_with(player, 'us')", None),
        ("SELECT * FROM \"{T}\" WHERE player = '{ME}'; SELECT * FROM \"{T}\"", None),
        ("SELECT * FROM \"{T}\" WHERE player = '{ME}' -- '\n OR player = '{THEM}'", None),
        ("SELECT * FROM \"{T}\" /* WHERE player = '{ME}' */", None),
        ("SELECT * FROM \"{T}\" WHERE \"player\" = '{THEM}'", None),
        ("SELECT * FROM \"{T}\" WHERE PLAYER = '{ME}'", None),
        ("SELECT * FROM \"{T}\" WHERE 'player' = '{ME}'", None),
        ("SELECT * FROM \"{T}\" WHERE player = 'x''{ME}' OR ''=''", None),
        ("SELECT * FROM \"{T}\".\"by-game\" WHERE game = 'chess'", None),
        ("SELECT * FROM \"{T}\" WHERE player = ? OR player = ?", [{"S": "{ME}"}, {"S": "{THEM}"}]),
        ("SELECT * FROM \"{T}\" WHERE player = ?", [{"S": "{THEM}"}]),
        ("SELECT * FROM \"{T}\" WHERE player = ?", [{"S": "{ME}"}, {"S": "{THEM}"}]),
        ("SELECT (SELECT * FROM \"{T}\") FROM \"{T}\" WHERE player = '{ME}'", None),
        ("SELECT * FROM \"{T}\" AS a, \"{T}\" AS b WHERE a.player = '{ME}'", None),
        ("SELECT * FROM \"{T}\" WHERE player = '{ME}' UNION SELECT * FROM \"{T}\"", None),
        ("EXISTS(SELECT * FROM \"{T}\" WHERE player = '{THEM}' AND game = 'chess')", None),
        ("INSERT INTO \"{T}\" VALUE {'player': '{ME}', 'game': 'p', 'player': '{THEM}'}", None),
        ("INSERT INTO \"{T}\" VALUE {'player': '{THEM}', 'game': 'p'}", None),
        ("UPDATE \"{T}\" SET note = 'x' WHERE player = '{THEM}' AND game = 'chess'", None),
        ("UPDATE \"{T}\" SET player = '{THEM}' WHERE player = '{ME}' AND game = 'chess'", None),
        ("UPDATE \"{T}\" SET note = 'x' WHERE player = '{ME}' AND game = 'chess' OR player = '{THEM}'", None),
        ("DELETE FROM \"{T}\" WHERE player = '{THEM}' AND game = 'chess'", None),
        ("DELETE FROM \"{T}\" WHERE player = '{ME}' AND game = 'chess' RETURNING ALL OLD *; DELETE FROM \"{T}\" WHERE player = '{THEM}'", None),
    )],
    ("BatchExecuteStatement", '{"Statements":[{"Statement":"SELECT * FROM \\"{T}\\" WHERE player = \'{THEM}\' AND game = \'chess\'"}]}'),
    ("ExecuteTransaction", '{"TransactStatements":[{"Statement":"SELECT * FROM \\"{T}\\" WHERE player = \'{THEM}\' AND game = \'chess\'"}]}'),
    ("ListTables", "{}"), ("DescribeTable", '{"TableName":"{T}"}'), ("DeleteTable", '{"TableName":"{T}"}'), ("UpdateTable", '{"TableName":"{T}","DeletionProtectionEnabled":true}'),
    ("ExportTableToPointInTime", f'{{"TableArn":"{ARN}","S3Bucket":"{{B}}"}}'),
]


@pytest.mark.parametrize(("operation", "text"), ITEMS, ids=lambda value: value[:60] if isinstance(value, str) else None)
def test_items(place, operation, text):
    # A policy that lets a player do things to their own items lets nobody do them to another's.
    dynamo(place, operation, text)


def test_targets_of_dynamodb(place):
    """The operation that was decided is the one that is done, wherever else another is named."""
    own = place.fill(f'{{"TableName":"{{T}}",{OWN}}}')
    scan = ("x-amz-target", "DynamoDB_20120810.Scan")
    for more, unsigned in (
        ([scan], []), ([], [scan]), ([("x-amz-operation", "Scan")], []), ([("x-http-method-override", "Scan")], []), ([("x-amz-api-version", "2011-12-05")], []),
        ([("content-type", "application/x-www-form-urlencoded")], []), ([("content-encoding", "gzip")], []), ([("content-type", "application/cbor")], []),
    ):
        received = dynamo(place, "GetItem", own, more, unsigned)
        if scan in more or scan in unsigned:
            assert status(received) >= 400, received[:300]
    for target in ("Scan", " Scan", "Scan ", "scan", "GetItem.Scan", "Scan\x00", "Scan,GetItem", "../DynamoDB_20120810.Scan"):
        dynamo(place, target, '{"TableName":"{T}"}')
    for query in ("Action=Scan&Version=2012-08-10", "Operation=Scan", "X-Amz-Target=DynamoDB_20120810.Scan", "TableName={T}"):
        dynamo(place, "GetItem", own, query=place.fill(query))
    for path in ("//", "/x", "/../", f"/{place.bucket}/{place.words['them']}/profile"):
        dynamo(place, "GetItem", own, path=path)


DATASETS = [
    "/identitypools/{P}/identities/{them}", "/identitypools/{P}/identities/{them}/datasets", "/identitypools/{P}/identities/{them}/datasets/saves",
    "/identitypools/{P}/identities/{them}/datasets/saves/records", "/identitypools/{P}/identities/{me}/../{them}/datasets/saves/records",
    "/identitypools/{P}/identities/{me}%2f..%2f{them}/datasets/saves/records", "/identitypools/{P}/identities/{me}/%2e%2e/{them}/datasets/saves/records",
    "/identitypools/{P}/identities/{me}//../{them}/datasets/saves/records", "/identitypools/{P}/identities//{them}/datasets/saves/records",
    "/identitypools/{P}//identities/{them}/datasets/saves/records", "//identitypools/{P}/identities/{them}/datasets/saves/records",
    "/./identitypools/{P}/identities/{them}/datasets/saves/records", "/x/../identitypools/{P}/identities/{them}/datasets/saves/records",
    "/identitypools/{P}/identities/{THEM}/datasets/saves/records", "/identitypools/{P}/identities/{them}%00/datasets/saves/records", "/identitypools/{P}/identities/{them}%20/datasets/saves/records",
    "/identitypools/{P}/identities/{me},{them}/datasets/saves/records", "/identitypools/{P}/identities/{them};{me}/datasets/saves/records", "/identitypools/{P}/identities/{me}/datasets/..%2f..%2f{them}%2fdatasets%2fsaves/records",
    "/identitypools/{P}/identities/{me}/datasets/saves%2f..%2f..%2f..%2f{them}%2fdatasets%2fsaves/records", "/IdentityPools/{P}/identities/{them}/datasets/saves/records",
    "/identitypools/{P}/identities/{them}/datasets/SAVES/records", "/identitypools/{P}/identities/{them}/datasets/saves/records/", "/identitypools/{P}/identities/{them}/datasets/%73aves/records",
    "/identitypools/us-east-1%3A00000000-0000-4000-8000-000000000000/identities/{them}/datasets/saves/records", "/identitypools/null/identities/{them}/datasets/saves/records",
    "/identitypools/{P}/identities/null/datasets/saves/records", "/identitypools/{P}/identities/*/datasets/saves/records", "/identitypools/{P}/identities/{me}/datasets/saves/records?identityId={them}",
    "/identitypools/{P}/identities/{me}/datasets/saves/records?IdentityId={THEM}&lastSyncCount=0", "/identitypools/{P}", "/identitypools", "/identitypools?maxResults=60", "/identitypools/{P}/identities", "/identitypools/{P}/bulkpublish",
    "/identitypools/{P}/configuration", "/identitypools/{P}/events", "/identitypools/{P}/identity/{them}/device", "/identitypools/{P}/identities/{them}/datasets/saves/subscriptions/x",
]


@pytest.mark.parametrize("path", DATASETS)
def test_datasets(place, path):
    """Whatever a policy allows, an identity reaches its own datasets."""
    target, _, query = place.fill(path).partition("?")
    hostile = json.dumps({
        "IdentityId": place.other, "DatasetName": "saves", "IdentityPoolId": place.game.pool, "SyncSessionToken": "x",
        "RecordPatches": [{"Op": "remove", "Key": "level", "SyncCount": 1}],
    }).encode()
    # Other services than S3 sign the path encoded once more.
    for canonical in dict.fromkeys(quote(one, safe="/-_.~") for one in (target, *spellings(target))):
        for method in ("GET", "POST", "DELETE", "PUT"):
            data = hostile if method in ("POST", "PUT") else b""
            headers = place.settings.headers(method, canonical, query, [("content-type", "application/json")], sha256(data))
            place.throw(f"{method} {path} signed as {canonical}", request(method, target + (f"?{query}" if query else ""), headers, data))


def test_the_parameters_are_what_the_tables_say():
    """Every row differs from every other, and each table has what the issue names."""
    for table in (PATHS, SOURCES, DELETIONS, [json.dumps(row) for row in HEADERS], QUERIES, ITEMS, DATASETS):
        assert len(set(table)) == len(table)
    rows = sum(map(len, (PATHS, SOURCES, DELETIONS, HEADERS, QUERIES, ITEMS, DATASETS)))
    assert rows > 300 and canonical_query("b&a=1") == "a=1&b=" and EMPTY == sha256(b"")
