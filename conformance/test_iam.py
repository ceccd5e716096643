"""IAM as boto3 knows it; names.py holds every answer against the published model."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import ACCOUNT

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::game/*"}]}
OTHER = {"Version": "2012-10-17", "Statement": [{"Sid": "a", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
TAGS = [{"Key": "team", "Value": "red"}]
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def iam(server):
    return server.client("iam")


def unique(stem):
    return f"{stem}-{uuid.uuid4().hex[:8]}"


def refused(code, call, **members):
    with pytest.raises(ClientError) as refusal:
        call(**members)
    assert refusal.value.response["Error"]["Code"] == code


def test_roles(iam):
    role, path = unique("Player"), f"/{unique('x')}/"
    made = iam.create_role(
        RoleName=role, Path=path, AssumeRolePolicyDocument=json.dumps(TRUST), Description="plays", MaxSessionDuration=7200, Tags=TAGS
    )["Role"]
    assert made["AssumeRolePolicyDocument"] == TRUST and made["Tags"] == TAGS
    assert "MaxSessionDuration" not in made and "Description" not in made
    shown = iam.get_role(RoleName=role)["Role"]
    assert (shown["Description"], shown["MaxSessionDuration"], shown["RoleLastUsed"]) == ("plays", 7200, {})
    assert [r["RoleName"] for r in iam.list_roles(PathPrefix=path)["Roles"]] == [role]
    iam.update_role(RoleName=role, MaxSessionDuration=3600)
    assert iam.update_role_description(RoleName=role, Description="rests")["Role"]["Description"] == "rests"
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(TRUST, indent=2))
    assert iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"] == TRUST
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=json.dumps(POLICY))
    assert iam.get_role_policy(RoleName=role, PolicyName="p")["PolicyDocument"] == POLICY
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["p"]
    assert iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"] == []
    iam.attach_role_policy(RoleName=role, PolicyArn=READ_ONLY)
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert attached == [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}]
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=READ_ONLY)
    assert iam.get_role(RoleName=role)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    iam.delete_role_permissions_boundary(RoleName=role)
    iam.tag_role(RoleName=role, Tags=[{"Key": "Cost", "Value": ""}])
    iam.untag_role(RoleName=role, TagKeys=["TEAM"])
    assert iam.list_role_tags(RoleName=role)["Tags"] == [{"Key": "Cost", "Value": ""}]
    refused("DeleteConflict", iam.delete_role, RoleName=role)
    iam.detach_role_policy(RoleName=role, PolicyArn=READ_ONLY)
    iam.delete_role_policy(RoleName=role, PolicyName="p")
    iam.delete_role(RoleName=role)
    refused("NoSuchEntity", iam.get_role, RoleName=role)


def test_providers(iam):
    host = f"{unique('login')}.example.com"
    arn = iam.create_open_id_connect_provider(Url=f"https://{host}/t", ClientIDList=["a"], ThumbprintList=["0" * 40], Tags=TAGS)[
        "OpenIDConnectProviderArn"
    ]
    assert arn == f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}/t"
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="a")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["a" * 40])
    iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "x", "Value": "y"}])
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["x"])
    assert iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"] == TAGS
    shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (shown["Url"], shown["ClientIDList"], shown["ThumbprintList"]) == (f"{host}/t", ["b"], ["a" * 40])
    assert arn in [p["Arn"] for p in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    refused("NoSuchEntity", iam.get_open_id_connect_provider, OpenIDConnectProviderArn=arn)
    refused("InvalidInput", iam.create_open_id_connect_provider, Url="https://cognito-identity.amazonaws.com")


def test_users_groups_and_keys(iam, server):
    user, group = unique("ann"), unique("staff")
    assert iam.create_user(UserName=user, Tags=TAGS)["User"]["Tags"] == TAGS
    key = iam.create_access_key(UserName=user)["AccessKey"]
    own = server.client("iam", (key["AccessKeyId"], key["SecretAccessKey"]))
    refused("AccessDenied", own.get_user)
    iam.create_group(GroupName=group)
    iam.put_group_policy(
        GroupName=group,
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}}),
    )
    iam.add_user_to_group(GroupName=group, UserName=user)
    assert own.get_user()["User"]["UserName"] == user
    assert [u["UserName"] for u in iam.get_group(GroupName=group)["Users"]] == [user]
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName=user)["Groups"]] == [group]
    assert iam.list_access_keys(UserName=user)["AccessKeyMetadata"][0]["Status"] == "Active"
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert used["UserName"] == user and used["AccessKeyLastUsed"]["ServiceName"] == "iam", "a call that was denied is a use"
    never = iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
    assert iam.get_access_key_last_used(AccessKeyId=never)["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    iam.delete_access_key(UserName=user, AccessKeyId=never)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(POLICY))
    assert iam.get_user_policy(UserName=user, PolicyName="p")["PolicyDocument"] == POLICY
    assert iam.list_user_policies(UserName=user)["PolicyNames"] == ["p"]
    for kind, name in (("user", {"UserName": user}), ("group", {"GroupName": group})):
        getattr(iam, f"attach_{kind}_policy")(**name, PolicyArn=READ_ONLY)
        assert len(getattr(iam, f"list_attached_{kind}_policies")(**name)["AttachedPolicies"]) == 1
        getattr(iam, f"detach_{kind}_policy")(**name, PolicyArn=READ_ONLY)
    assert iam.get_group_policy(GroupName=group, PolicyName="p")["PolicyName"] == "p"
    assert iam.list_group_policies(GroupName=group)["PolicyNames"] == ["p"]
    iam.put_user_permissions_boundary(UserName=user, PermissionsBoundary=READ_ONLY)
    iam.delete_user_permissions_boundary(UserName=user)
    iam.tag_user(UserName=user, Tags=[{"Key": "x", "Value": "y"}])
    iam.untag_user(UserName=user, TagKeys=["x"])
    assert iam.list_user_tags(UserName=user)["Tags"] == TAGS
    new, crew = unique("eve"), unique("crew")
    iam.update_user(UserName=user, NewUserName=new)
    iam.update_group(GroupName=group, NewGroupName=crew)
    assert own.get_user()["User"]["UserName"] == new
    assert new in [u["UserName"] for page in iam.get_paginator("list_users").paginate(MaxItems=1) for u in page["Users"]]
    assert crew in [g["GroupName"] for page in iam.get_paginator("list_groups").paginate(MaxItems=1) for g in page["Groups"]]
    details = iam.get_account_authorization_details()
    assert new in [u["UserName"] for u in details["UserDetailList"]]
    iam.update_access_key(UserName=new, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    refused("InvalidClientTokenId", own.get_user)
    refused("DeleteConflict", iam.delete_user, UserName=new)
    iam.delete_access_key(UserName=new, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=new, PolicyName="p")
    iam.remove_user_from_group(GroupName=crew, UserName=new)
    iam.delete_user(UserName=new)
    iam.delete_group_policy(GroupName=crew, PolicyName="p")
    iam.delete_group(GroupName=crew)


def test_managed_policies(iam):
    name = unique("scores")
    arn = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(POLICY), Description="reads", Tags=TAGS)["Policy"]["Arn"]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Description"] == "reads"
    assert arn in [p["Arn"] for p in iam.list_policies(Scope="Local")["Policies"]]
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(OTHER), SetAsDefault=True)["PolicyVersion"]
    assert (version["VersionId"], version["IsDefaultVersion"]) == ("v2", True)
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"] == OTHER
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v2", "v1"]
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "Team", "Value": "blue"}])
    assert len(iam.list_policy_tags(PolicyArn=arn)["Tags"]) == 2
    iam.untag_policy(PolicyArn=arn, TagKeys=["Team"])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == TAGS
    entities = iam.list_entities_for_policy(PolicyArn=arn)
    assert (entities["PolicyGroups"], entities["PolicyUsers"], entities["PolicyRoles"]) == ([], [], [])
    iam.delete_policy(PolicyArn=arn)
    refused("NoSuchEntity", iam.get_policy, PolicyArn=arn)
    assert iam.get_policy(PolicyArn=READ_ONLY)["Policy"]["PolicyName"] == "ReadOnlyAccess"


def allowing(action, resource="*", **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}]})


def test_simulation_of_custom_policies(iam):
    prefix = {"Condition": {"StringLike": {"s3:prefix": "${aws:username}/*"}}}
    policies = [allowing("s3:ListBucket", "arn:aws:s3:::game", **prefix), allowing("s3:GetObject", "arn:aws:s3:::game/*")]
    keys = iam.get_context_keys_for_custom_policy(PolicyInputList=policies)["ContextKeyNames"]
    assert keys == ["aws:username", "s3:prefix"]
    entries = [
        {"ContextKeyName": "s3:prefix", "ContextKeyType": "string", "ContextKeyValues": ["ann/x"]},
        {"ContextKeyName": "aws:username", "ContextKeyType": "string", "ContextKeyValues": ["ann"]},
    ]
    arguments = {"PolicyInputList": policies, "ActionNames": ["s3:ListBucket", "s3:PutObject"], "ResourceArns": ["arn:aws:s3:::game"]}
    told = iam.simulate_custom_policy(**arguments, ContextEntries=entries)["EvaluationResults"]
    assert [(t["EvalActionName"], t["EvalDecision"]) for t in told] == [("s3:ListBucket", "allowed"), ("s3:PutObject", "implicitDeny")]
    statement = told[0]["MatchedStatements"][0]
    assert (statement["SourcePolicyId"], statement["StartPosition"]) == ("PolicyInputList.1", {"Line": 1, "Column": 41})
    assert told[0]["EvalDecisionDetails"] == {} and told[0]["ResourceSpecificResults"][0]["EvalResourceDecision"] == "allowed"
    missing = iam.simulate_custom_policy(**arguments)["EvaluationResults"][0]
    assert (missing["EvalDecision"], missing["MissingContextValues"]) == ("implicitDeny", ["aws:username", "s3:prefix"])
    pages = iam.get_paginator("simulate_custom_policy").paginate(**arguments, PaginationConfig={"PageSize": 1})
    assert [len(page["EvaluationResults"]) for page in pages] == [1, 1]
    foreign = iam.simulate_custom_policy(
        PolicyInputList=[allowing("s3:*")],
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::game/a"],
        ResourcePolicy=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::game/*"}]}
        ),
        ResourceOwner="arn:aws:iam::111111111111:root",
        CallerArn=f"arn:aws:iam::{ACCOUNT}:user/ann",
        PermissionsBoundaryPolicyInputList=[allowing("s3:Get*")],
    )["EvaluationResults"][0]
    assert foreign["EvalDecisionDetails"] == {"IAM Policy": "allowed", "Resource Policy": "allowed"}
    assert foreign["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}
    refused("InvalidInput", iam.simulate_custom_policy, PolicyInputList=["{}"], ActionNames=["s3:GetObject"])
    refused("InvalidInput", iam.simulate_custom_policy, PolicyInputList=policies, ActionNames=["s3:GetTeapot"])


def test_simulation_of_principals(iam):
    user = unique("ann")
    arn = iam.create_user(UserName=user)["User"]["Arn"]
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=allowing("s3:*", "arn:aws:s3:::game/${aws:username}/*"))
    iam.attach_user_policy(UserName=user, PolicyArn=READ_ONLY)
    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)["ContextKeyNames"] == ["aws:username"]
    own = f"arn:aws:s3:::game/{user}/score"
    told = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=["s3:GetObject", "s3:PutObject"], ResourceArns=[own, "arn:aws:s3:::game/other"]
    )["EvaluationResults"]
    assert [t["EvalDecision"] for t in told] == ["allowed", "allowed", "allowed", "implicitDeny"]
    matched = [(s["SourcePolicyId"], s["SourcePolicyType"]) for s in told[0]["MatchedStatements"]]
    assert matched == [(f"user_{user}_own", "user"), ("ReadOnlyAccess", "aws-managed")]
    refused("NoSuchEntity", iam.simulate_principal_policy, PolicySourceArn=arn + "x", ActionNames=["s3:GetObject"])
    iam.detach_user_policy(UserName=user, PolicyArn=READ_ONLY)
    iam.delete_user_policy(UserName=user, PolicyName="own")
    iam.delete_user(UserName=user)


def test_authorization_messages(iam, server):
    user = unique("eve")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    own = server.client("iam", (key["AccessKeyId"], key["SecretAccessKey"]))
    with pytest.raises(ClientError) as refusal:
        own.list_users()
    message = refusal.value.response["ResponseMetadata"]["HTTPHeaders"]["x-daypass-authorization-message"]
    told = json.loads(server.client("sts").decode_authorization_message(EncodedMessage=message)["DecodedMessage"])
    assert (told["allowed"], told["explicitDeny"], told["context"]["action"]) == (False, False, "iam:ListUsers")
    assert told["context"]["principal"]["arn"].endswith(f":user/{user}")
    refused("InvalidAuthorizationMessageException", server.client("sts").decode_authorization_message, EncodedMessage=message[:-4] + "AAAA")
    iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName=user)
