"""Buckets and their sub-resources by boto3, whose answers are held against the service model, and forms by `requests`."""

import datetime
import json
import uuid

import pytest
import requests
from botocore.exceptions import ClientError

from conftest import ACCOUNT, keys_of


def refused(code, call, *arguments, **named):
    with pytest.raises(ClientError) as error:
        call(*arguments, **named)
    assert error.value.response["Error"]["Code"] == code, error.value.response
    return error.value.response


@pytest.fixture
def s3(server):
    return server.client("s3")


@pytest.fixture
def bucket(s3):
    name = f"buckets-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name


def test_a_bucket_tells_what_tools_ask_of_it(s3, bucket):
    """The questions of Terraform's `aws_s3_bucket`, in its order, and those of `s3cmd info`."""
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"
    refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket=bucket)
    grants = s3.get_bucket_acl(Bucket=bucket)
    assert grants["Grants"] == [{"Grantee": {"ID": ACCOUNT, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]
    assert grants["Owner"] == {"ID": ACCOUNT}
    refused("NoSuchCORSConfiguration", s3.get_bucket_cors, Bucket=bucket)
    refused("NoSuchWebsiteConfiguration", s3.get_bucket_website, Bucket=bucket)
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket=bucket)
    refused("ReplicationConfigurationNotFoundError", s3.get_bucket_replication, Bucket=bucket)
    refused("ServerSideEncryptionConfigurationNotFoundError", s3.get_bucket_encryption, Bucket=bucket)
    refused("ObjectLockConfigurationNotFoundError", s3.get_object_lock_configuration, Bucket=bucket)
    refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket=bucket)
    assert "TopicConfigurations" not in s3.get_bucket_notification_configuration(Bucket=bucket)
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    rules = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert len(block) == 4 and all(block.values())
    refused("NoSuchBucketPolicy", s3.get_bucket_policy_status, Bucket=bucket)


def test_what_is_set_is_kept(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"
    tags = [{"Key": "cost", "Value": "a/b"}, {"Key": "team", "Value": "red"}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    s3.delete_bucket_tagging(Bucket=bucket)
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    refused("AccessControlListNotSupported", s3.put_bucket_acl, Bucket=bucket, ACL="public-read")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    refused("AccessControlListNotSupported", s3.put_object_acl, Bucket=bucket, Key="k", ACL="private")
    assert s3.get_object_acl(Bucket=bucket, Key="k")["Owner"] == {"ID": ACCOUNT}
    s3.delete_bucket_encryption(Bucket=bucket)
    sse = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    refused("NotImplemented", s3.put_bucket_encryption, Bucket=bucket, ServerSideEncryptionConfiguration=sse)
    refused("NotImplemented", s3.put_object, Bucket=bucket, Key="k", Body=b"", ServerSideEncryption="aws:kms")


def test_lifecycle_rules_are_what_was_put(s3, bucket):
    rules = [
        {
            "ID": "logs",
            "Filter": {"And": {"Prefix": "logs/", "Tags": [{"Key": "a", "Value": "b"}], "ObjectSizeGreaterThan": 10}},
            "Status": "Enabled",
            "Expiration": {"Days": 3},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 2, "NewerNoncurrentVersions": 1},
        },
        {
            "ID": "old",
            "Filter": {"Prefix": "old/"},
            "Status": "Disabled",
            "Expiration": {"Date": datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
        {"ID": "markers", "Filter": {}, "Status": "Enabled", "Expiration": {"ExpiredObjectDeleteMarker": True}},
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    kept = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert (kept["Rules"], kept["TransitionDefaultMinimumObjectSize"]) == (rules, "all_storage_classes_128K")
    moved = [{"Filter": {}, "Status": "Enabled", "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}]
    refused("NotImplemented", s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration={"Rules": moved})
    s3.delete_bucket_lifecycle(Bucket=bucket)
    refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket=bucket)


def test_a_public_policy_needs_the_block_to_go(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="news", Body=b"hello")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    response = refused("AccessDenied", s3.put_bucket_policy, Bucket=bucket, Policy=policy)
    assert "BlockPublicPolicy" in response["Error"]["Message"]
    s3.delete_public_access_block(Bucket=bucket)
    refused("NoSuchPublicAccessBlockConfiguration", s3.get_public_access_block, Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is True
    stranger = server.client("s3", unsigned=True)
    assert stranger.get_object(Bucket=bucket, Key="news")["Body"].read() == b"hello"
    restricted = {"RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=restricted)
    refused("AccessDenied", stranger.get_object, Bucket=bucket, Key="news")
    assert s3.get_object(Bucket=bucket, Key="news")["Body"].read() == b"hello"


def test_a_bucket_is_made_where_and_as_it_can_be(s3):
    name = f"made-{uuid.uuid4().hex[:12]}"
    elsewhere = {"LocationConstraint": "eu-west-1"}
    refused("IllegalLocationConstraintException", s3.create_bucket, Bucket=name, CreateBucketConfiguration=elsewhere)
    refused("NotImplemented", s3.create_bucket, Bucket=name, ObjectOwnership="ObjectWriter")
    refused("NotImplemented", s3.create_bucket, Bucket=name, ObjectLockEnabledForBucket=True)
    s3.create_bucket(Bucket=name, ObjectOwnership="BucketOwnerEnforced", ACL="private")
    refused("BucketAlreadyOwnedByYou", s3.create_bucket, Bucket=name)
    listed = s3.list_buckets(Prefix=name, MaxBuckets=1)
    assert [(one["Name"], one["BucketRegion"]) for one in listed["Buckets"]] == [(name, "us-east-1")]
    refused("403", s3.head_bucket, Bucket=name, ExpectedBucketOwner="111111111111")
    refused("AccessDenied", s3.get_bucket_versioning, Bucket=name, ExpectedBucketOwner="111111111111")
    assert "Status" not in s3.get_bucket_versioning(Bucket=name, ExpectedBucketOwner=ACCOUNT)


def posted(form, body, **changed):
    fields = {**form["fields"], **changed}
    return requests.post(form["url"], data=fields, files={"file": ("me.png", body, "image/png")}, timeout=10, allow_redirects=False)


def test_a_form_that_boto3_presigns(server, s3, bucket):
    conditions = [["starts-with", "$key", "in/"], ["content-length-range", 1, 1000], ["starts-with", "$Content-Type", "image/"]]
    temporary = keys_of(server.client("sts").get_session_token()["Credentials"])
    # boto3 presigns with the older signature unless it is told.
    presigning = server.client("s3", signature_version="s3v4")
    for client in (presigning, server.client("s3", temporary, signature_version="s3v4")):
        form = client.generate_presigned_post(
            bucket, "in/${filename}", Fields={"Content-Type": "image/png", "success_action_status": "201"},
            Conditions=[*conditions, {"success_action_status": "201"}], ExpiresIn=60,
        )
        answer = posted(form, b"bytes")
        assert (answer.status_code, "<Key>in/me.png</Key>" in answer.text) == (201, True), answer.text
        read = s3.get_object(Bucket=bucket, Key="in/me.png")
        assert (read["Body"].read(), read["ContentType"], read["ETag"]) == (b"bytes", "image/png", answer.headers["ETag"])
        s3.delete_object(Bucket=bucket, Key="in/me.png")
        for changed, status in [({"key": "out"}, 403), ({"acl": "public-read"}, 403), ({"policy": "e30="}, 403), ({"Content-Type": "text/html"}, 403)]:
            assert posted(form, b"evil", **changed).status_code == status, changed
        for body in (b"", b"x" * 1001):
            assert posted(form, body).status_code == 400
        assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    large = presigning.generate_presigned_post(bucket, "large", ExpiresIn=60)
    assert posted(large, b"\r\n-" * 3_000_000).status_code == 204
    assert s3.head_object(Bucket=bucket, Key="large")["ContentLength"] == 9_000_000


def test_presigned_urls_of_all_four_methods(server, bucket):
    s3 = server.client("s3", signature_version="s3v4")
    url = lambda method: s3.generate_presigned_url(method, {"Bucket": bucket, "Key": "a b+c"}, ExpiresIn=60)
    assert requests.put(url("put_object"), data=b"bytes", timeout=10).status_code == 200
    assert requests.get(url("get_object"), timeout=10).content == b"bytes"
    assert requests.head(url("head_object"), timeout=10).headers["content-length"] == "5"
    assert requests.get(url("put_object"), timeout=10).status_code == 403
    assert requests.delete(url("delete_object"), timeout=10).status_code == 204
    assert requests.get(url("get_object"), timeout=10).status_code == 404
