"""Objects through boto3: versions, tags, attributes, conditions, checksums, ranges. Every answer is held against the
service model by `names.watch`."""

import base64
import hashlib
import io
import uuid
import zlib

import pytest
from botocore.exceptions import ClientError

PART = 5 * 1024 * 1024
needs = pytest.mark.needs


@pytest.fixture
def s3(server):
    return server.client("s3")


@pytest.fixture
def bucket(s3):
    name = f"objects-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def versioned(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def refused(code, call, **arguments):
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    assert refusal.value.response["Error"]["Code"] == code, refusal.value.response
    return refusal.value.response


def body_of(answer):
    return answer["Body"].read()


def test_versions_live_on_below_a_delete_marker(s3, versioned):
    first = s3.put_object(Bucket=versioned, Key="k", Body=b"first")["VersionId"]
    second = s3.put_object(Bucket=versioned, Key="k", Body=b"second")["VersionId"]
    assert first != second
    assert body_of(s3.get_object(Bucket=versioned, Key="k", VersionId=first)) == b"first"
    assert s3.head_object(Bucket=versioned, Key="k")["VersionId"] == second
    deleted = s3.delete_object(Bucket=versioned, Key="k")
    assert deleted["DeleteMarker"] is True
    gone = refused("NoSuchKey", s3.get_object, Bucket=versioned, Key="k")
    assert gone["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    marker = refused("MethodNotAllowed", s3.get_object, Bucket=versioned, Key="k", VersionId=deleted["VersionId"])
    assert marker["ResponseMetadata"]["HTTPStatusCode"] == 405
    refused("NoSuchVersion", s3.get_object, Bucket=versioned, Key="other", VersionId=first)
    listed = s3.list_object_versions(Bucket=versioned)
    assert [(v["VersionId"], v["IsLatest"]) for v in listed["Versions"]] == [(second, False), (first, False)]
    assert [(m["VersionId"], m["IsLatest"]) for m in listed["DeleteMarkers"]] == [(deleted["VersionId"], True)]
    assert "Contents" not in s3.list_objects_v2(Bucket=versioned)
    undone = s3.delete_object(Bucket=versioned, Key="k", VersionId=deleted["VersionId"])
    assert undone["DeleteMarker"] is True
    assert body_of(s3.get_object(Bucket=versioned, Key="k")) == b"second"
    s3.delete_object(Bucket=versioned, Key="k", VersionId=second)
    assert body_of(s3.get_object(Bucket=versioned, Key="k")) == b"first"


def test_suspended_buckets_have_one_null_version(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    kept = s3.put_object(Bucket=bucket, Key="k", Body=b"kept")["VersionId"]
    assert body_of(s3.get_object(Bucket=bucket, Key="k", VersionId="null")) == b"before"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"after")["VersionId"] == "null"
    assert body_of(s3.get_object(Bucket=bucket, Key="k", VersionId="null")) == b"after"
    deleted = s3.delete_object(Bucket=bucket, Key="k")
    assert (deleted["VersionId"], deleted["DeleteMarker"]) == ("null", True)
    listed = s3.list_object_versions(Bucket=bucket)
    assert [v["VersionId"] for v in listed["Versions"]] == [kept]
    assert [m["VersionId"] for m in listed["DeleteMarkers"]] == ["null"]


def test_a_paginator_sees_every_version_once(s3, versioned):
    wanted = []
    for key in ["a", "b/1", "b/2", "c"]:
        wanted += [(key, s3.put_object(Bucket=versioned, Key=key, Body=b"x")["VersionId"]) for _ in range(3)][::-1]
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=versioned, PaginationConfig={"PageSize": 2})
    assert [(v["Key"], v["VersionId"]) for page in pages for v in page["Versions"]] == wanted
    rolled = s3.list_object_versions(Bucket=versioned, Delimiter="/")
    assert [p["Prefix"] for p in rolled["CommonPrefixes"]] == ["b/"]
    assert len(rolled["Versions"]) == 6
    emptied = [{"Key": key, "VersionId": version} for key, version in wanted]
    gone = s3.delete_objects(Bucket=versioned, Delete={"Objects": emptied})
    assert len(gone["Deleted"]) == 12 and "Errors" not in gone
    s3.delete_bucket(Bucket=versioned)


def test_older_versions_are_copied(s3, versioned):
    first = s3.put_object(Bucket=versioned, Key="k", Body=b"first", Metadata={"m": "1"})["VersionId"]
    s3.put_object(Bucket=versioned, Key="k", Body=b"second")
    source = {"Bucket": versioned, "Key": "k", "VersionId": first}
    copied = s3.copy_object(Bucket=versioned, Key="k", CopySource=source)
    assert copied["CopySourceVersionId"] == first and copied["VersionId"] != first
    back = s3.get_object(Bucket=versioned, Key="k")
    assert (body_of(back), back["Metadata"]) == (b"first", {"m": "1"})


def test_tags_of_objects(s3, versioned):
    first = s3.put_object(Bucket=versioned, Key="k", Body=b"x", Tagging="team=red&n=1")["VersionId"]
    s3.put_object(Bucket=versioned, Key="k", Body=b"y")
    tags = [{"Key": "team", "Value": "blue & green"}]
    refused("InvalidTag", s3.put_object_tagging, Bucket=versioned, Key="k", Tagging={"TagSet": tags})
    tags = [{"Key": "team", "Value": "blue + green"}]
    s3.put_object_tagging(Bucket=versioned, Key="k", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=versioned, Key="k")["TagSet"] == tags
    older = s3.get_object_tagging(Bucket=versioned, Key="k", VersionId=first)
    assert older["VersionId"] == first and {t["Key"] for t in older["TagSet"]} == {"team", "n"}
    assert s3.get_object(Bucket=versioned, Key="k")["TagCount"] == 1
    copied = s3.copy_object(Bucket=versioned, Key="c", CopySource={"Bucket": versioned, "Key": "k"})
    assert copied["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert s3.get_object_tagging(Bucket=versioned, Key="c")["TagSet"] == tags
    s3.delete_object_tagging(Bucket=versioned, Key="k")
    assert s3.get_object_tagging(Bucket=versioned, Key="k")["TagSet"] == []
    many = [{"Key": str(n), "Value": ""} for n in range(11)]
    refused("BadRequest", s3.put_object_tagging, Bucket=versioned, Key="k", Tagging={"TagSet": many})


@needs("stored-checksums", "parts-of-objects")
def test_attributes_of_an_object_in_parts(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="SHA256")["UploadId"]
    parts = []
    for number, body in [(1, b"a" * PART), (2, b"tail")]:
        part = s3.upload_part(
            Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256"
        )
        parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
    listed = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)
    assert [p["ChecksumSHA256"] for p in listed["Parts"]] == [p["ChecksumSHA256"] for p in parts]
    done = s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    digests = b"".join(base64.b64decode(p["ChecksumSHA256"]) for p in parts)
    wanted = base64.b64encode(hashlib.sha256(digests).digest()).decode() + "-2"
    assert (done["ChecksumSHA256"], done["ChecksumType"]) == (wanted, "COMPOSITE")
    everything = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    told = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=everything)
    assert told["ObjectSize"] == PART + 4 and told["StorageClass"] == "STANDARD"
    assert told["Checksum"] == {"ChecksumSHA256": wanted, "ChecksumType": "COMPOSITE"}
    assert told["ObjectParts"]["TotalPartsCount"] == 2
    assert [p["Size"] for p in told["ObjectParts"]["Parts"]] == [PART, 4]
    second = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert (body_of(second), second["PartsCount"]) == (b"tail", 2)
    refused("InvalidPartNumber", s3.get_object, Bucket=bucket, Key="k", PartNumber=3)


@needs("stored-checksums")
@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_checksums_in_headers_and_trailers(s3, bucket, algorithm):
    name = f"Checksum{algorithm}"
    body = bytes(range(256)) * 400
    try:
        put = s3.put_object(Bucket=bucket, Key="k", Body=body, ChecksumAlgorithm=algorithm)
        streamed = s3.put_object(Bucket=bucket, Key="s", Body=io.BytesIO(body), ChecksumAlgorithm=algorithm)
    except Exception as error:
        # Two of the five need a library of Amazon's that is not installed everywhere.
        if "CRT" not in str(error) and "awscrt" not in str(error):
            raise
        assert algorithm in ("CRC32C", "CRC64NVME")
        return
    assert put[name] == streamed[name] and put["ChecksumType"] == "FULL_OBJECT"
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got[name] == put[name] and body_of(got) == body
    told = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum"])["Checksum"]
    assert told[name] == put[name]


def test_a_wrong_checksum_writes_nothing(s3, bucket):
    wrong = base64.b64encode(zlib.crc32(b"other").to_bytes(4, "big")).decode()
    refused("BadDigest", s3.put_object, Bucket=bucket, Key="k", Body=b"body", ChecksumCRC32=wrong)
    refused("NoSuchKey", s3.get_object, Bucket=bucket, Key="k")


def test_conditional_writes(s3, bucket):
    tag = s3.put_object(Bucket=bucket, Key="k", Body=b"one", IfNoneMatch="*")["ETag"]
    refused("PreconditionFailed", s3.put_object, Bucket=bucket, Key="k", Body=b"two", IfNoneMatch="*")
    new = s3.put_object(Bucket=bucket, Key="k", Body=b"two", IfMatch=tag)["ETag"]
    refused("PreconditionFailed", s3.put_object, Bucket=bucket, Key="k", Body=b"three", IfMatch=tag)
    refused("NoSuchKey", s3.put_object, Bucket=bucket, Key="other", Body=b"x", IfMatch=tag)
    copy = {"Bucket": bucket, "Key": "k"}
    refused("PreconditionFailed", s3.copy_object, Bucket=bucket, Key="c", CopySource=copy, CopySourceIfMatch=tag)
    s3.copy_object(Bucket=bucket, Key="c", CopySource=copy, CopySourceIfMatch=new)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"p")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    complete = {"Bucket": bucket, "Key": "k", "UploadId": upload, "MultipartUpload": parts}
    refused("PreconditionFailed", s3.complete_multipart_upload, IfNoneMatch="*", **complete)
    refused("PreconditionFailed", s3.complete_multipart_upload, IfMatch=tag, **complete)
    s3.complete_multipart_upload(IfMatch=new, **complete)
    refused("PreconditionFailed", s3.delete_object, Bucket=bucket, Key="k", IfMatch=tag)
    s3.delete_object(Bucket=bucket, Key="c", IfMatch=new)
    refused("NoSuchKey", s3.get_object, Bucket=bucket, Key="c")


@needs("storage-classes")
def test_conditional_reads_ranges_and_overrides(s3, bucket):
    tag = s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789", StorageClass="STANDARD_IA")["ETag"]
    assert refused("304", s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=tag)
    refused("PreconditionFailed", s3.get_object, Bucket=bucket, Key="k", IfMatch='"0"')
    for header, wanted in [("bytes=2-4", b"234"), ("bytes=7-", b"789"), ("bytes=-2", b"89"), ("bytes=5-99", b"56789")]:
        got = s3.get_object(Bucket=bucket, Key="k", Range=header)
        assert body_of(got) == wanted and got["ContentRange"].endswith("/10")
    refused("InvalidRange", s3.get_object, Bucket=bucket, Key="k", Range="bytes=10-")
    got = s3.get_object(Bucket=bucket, Key="k", ResponseContentType="text/x", ResponseContentDisposition="inline")
    assert (got["ContentType"], got["ContentDisposition"], got["StorageClass"]) == ("text/x", "inline", "STANDARD_IA")
    refused("InvalidStorageClass", s3.put_object, Bucket=bucket, Key="k", Body=b"", StorageClass="CUPBOARD")


def test_parts_become_a_version(s3, versioned):
    before = s3.put_object(Bucket=versioned, Key="k", Body=b"before")["VersionId"]
    upload = s3.create_multipart_upload(Bucket=versioned, Key="k")["UploadId"]
    source = {"Bucket": versioned, "Key": "k", "VersionId": before}
    part = s3.upload_part_copy(Bucket=versioned, Key="k", UploadId=upload, PartNumber=1, CopySource=source)
    assert part["CopySourceVersionId"] == before
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]}
    done = s3.complete_multipart_upload(Bucket=versioned, Key="k", UploadId=upload, MultipartUpload=parts)
    assert done["VersionId"] not in (before, None)
    assert body_of(s3.get_object(Bucket=versioned, Key="k", VersionId=done["VersionId"])) == b"before"
