"""Every operation of Cognito Identity with boto3, whose answers are held against the service model (names.py)."""

import json
import re
import uuid

import boto3
import pytest

from conftest import ACCOUNT, HERE, REGION, Game, keys_of
from test_story import refused

DEVELOPER = "login.my.app"


@pytest.fixture
def admin(server):
    return server.client("cognito-identity")


@pytest.fixture
def developed(server, provider):
    """A game whose pool has a developer provider."""
    game = Game(server, provider)
    server.client("cognito-identity").update_identity_pool(
        IdentityPoolId=game.pool,
        IdentityPoolName="developed",
        AllowUnauthenticatedIdentities=True,
        OpenIdConnectProviderARNs=[game.provider_arn],
        DeveloperProviderName=DEVELOPER,
    )
    return game


def test_pools_are_made_listed_changed_and_deleted(admin):
    wanted = {
        "IdentityPoolName": "whole",
        "AllowUnauthenticatedIdentities": False,
        "AllowClassicFlow": True,
        "SupportedLoginProviders": {"accounts.google.com": "client.apps.googleusercontent.com", "www.amazon.com": "amzn1.application.x"},
        "DeveloperProviderName": DEVELOPER,
        "CognitoIdentityProviders": [
            {"ProviderName": f"cognito-idp.{REGION}.amazonaws.com/{REGION}_players", "ClientId": "client1", "ServerSideTokenCheck": False}
        ],
        "IdentityPoolTags": {"team": "red"},
    }
    made = admin.create_identity_pool(**wanted)
    made.pop("ResponseMetadata")
    pool = made.pop("IdentityPoolId")
    assert made == wanted
    found = []
    pages = {}
    while True:
        page = admin.list_identity_pools(MaxResults=60, **pages)
        found += [one["IdentityPoolId"] for one in page["IdentityPools"]]
        if "NextToken" not in page:
            break
        pages = {"NextToken": page["NextToken"]}
    assert pool in found
    changed = admin.update_identity_pool(IdentityPoolId=pool, IdentityPoolName="less", AllowUnauthenticatedIdentities=True)
    changed.pop("ResponseMetadata")
    assert changed == {
        "IdentityPoolId": pool, "IdentityPoolName": "less", "AllowUnauthenticatedIdentities": True, "DeveloperProviderName": DEVELOPER,
    }
    arn = f"arn:aws:cognito-identity:{REGION}:{ACCOUNT}:identitypool/{pool}"
    admin.tag_resource(ResourceArn=arn, Tags={"team": "blue", "level": "7"})
    admin.untag_resource(ResourceArn=arn, TagKeys=["level"])
    assert admin.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"team": "blue"}
    assert admin.describe_identity_pool(IdentityPoolId=pool)["IdentityPoolTags"] == {"team": "blue"}
    admin.delete_identity_pool(IdentityPoolId=pool)
    assert refused(admin.describe_identity_pool, IdentityPoolId=pool) == "ResourceNotFoundException"
    assert refused(admin.delete_identity_pool, IdentityPoolId=pool) == "ResourceNotFoundException"


def test_identities_are_listed_described_unlinked_and_deleted(server, admin, fresh_game, provider):
    game = fresh_game
    token = provider.sign_in("ada")
    player, guest = game.identity_of(token), game.identity_of()
    listed = admin.list_identities(IdentityPoolId=game.pool, MaxResults=60)
    assert {one["IdentityId"] for one in listed["Identities"]} == {player, guest}
    described = admin.describe_identity(IdentityId=player)
    assert described["Logins"] == [provider.name] and described["CreationDate"] <= described["LastModifiedDate"]
    anybody = server.client("cognito-identity", unsigned=True)
    assert refused(anybody.unlink_identity, IdentityId=player, Logins=game.logins(provider.sign_in("eve")), LoginsToRemove=[provider.name]) == "NotAuthorizedException"
    anybody.unlink_identity(IdentityId=player, Logins=game.logins(token), LoginsToRemove=[provider.name])
    assert game.identity_of(token) != player
    assert admin.delete_identities(IdentityIdsToDelete=[player, guest])["UnprocessedIdentityIds"] == []
    assert refused(admin.describe_identity, IdentityId=player) == "ResourceNotFoundException"


def test_a_developers_user_goes_through_both_flows(server, admin, developed):
    game = developed
    opened = admin.get_open_id_token_for_developer_identity(
        IdentityPoolId=game.pool, Logins={DEVELOPER: "ada"}, TokenDuration=3600, PrincipalTags={}
    )
    identity, token = opened["IdentityId"], opened["Token"]
    anybody = server.client("cognito-identity", unsigned=True)
    enhanced = anybody.get_credentials_for_identity(IdentityId=identity, Logins={"cognito-identity.amazonaws.com": token})
    keys = keys_of(enhanced["Credentials"])
    server.client("s3", keys).put_object(Bucket=game.bucket, Key=f"{identity}/developed", Body=b"x")
    basic = server.client("sts", unsigned=True).assume_role_with_web_identity(
        RoleArn=game.role, RoleSessionName="ada", WebIdentityToken=token
    )
    assert basic["SubjectFromWebIdentityToken"] == identity and basic["Audience"] == game.pool
    assert refused(anybody.get_id, IdentityPoolId=game.pool, Logins={DEVELOPER: "ada"}) == "InvalidParameterException"

    admin.get_open_id_token_for_developer_identity(IdentityPoolId=game.pool, IdentityId=identity, Logins={DEVELOPER: "ada-2"})
    found = admin.lookup_developer_identity(IdentityPoolId=game.pool, DeveloperUserIdentifier="ada-2", MaxResults=1)
    assert found["IdentityId"] == identity and found["DeveloperUserIdentifierList"] == ["ada"]
    rest = admin.lookup_developer_identity(IdentityPoolId=game.pool, IdentityId=identity, MaxResults=1, NextToken=found["NextToken"])
    assert rest["DeveloperUserIdentifierList"] == ["ada-2"] and "NextToken" not in rest

    other = admin.get_open_id_token_for_developer_identity(IdentityPoolId=game.pool, Logins={DEVELOPER: "grace"})["IdentityId"]
    merged = admin.merge_developer_identities(
        SourceUserIdentifier="grace", DestinationUserIdentifier="ada", DeveloperProviderName=DEVELOPER, IdentityPoolId=game.pool
    )
    assert merged["IdentityId"] == identity != other
    visible = admin.list_identities(IdentityPoolId=game.pool, MaxResults=60, HideDisabled=True)["Identities"]
    assert [one["IdentityId"] for one in visible] == [identity]
    admin.unlink_developer_identity(
        IdentityId=identity, IdentityPoolId=game.pool, DeveloperProviderName=DEVELOPER, DeveloperUserIdentifier="grace"
    )
    arguments = {"IdentityPoolId": game.pool, "DeveloperUserIdentifier": "grace"}
    assert refused(admin.lookup_developer_identity, **arguments) == "ResourceNotFoundException"


def test_roles_by_rules_and_tags_by_claims(server, admin, fresh_game, provider):
    game = fresh_game
    iam = server.client("iam")
    name = f"Chosen-{uuid.uuid4().hex[:8]}"
    trust = game.trust("authenticated")
    trust["Statement"][0]["Action"] = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
    chosen = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    own = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{game.bucket}/${{aws:PrincipalTag/person}}/*"}
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [own]}))
    mapping = {
        "Type": "Rules",
        "AmbiguousRoleResolution": "Deny",
        "RulesConfiguration": {"Rules": [{"Claim": "sub", "MatchType": "Equals", "Value": "ada", "RoleARN": chosen}]},
    }
    roles = {"authenticated": game.role}
    admin.set_identity_pool_roles(IdentityPoolId=game.pool, Roles=roles, RoleMappings={game.provider_arn: mapping})
    shown = admin.get_identity_pool_roles(IdentityPoolId=game.pool)
    assert (shown["Roles"], shown["RoleMappings"]) == (roles, {game.provider_arn: mapping})
    tags = {"IdentityPoolId": game.pool, "IdentityProviderName": game.provider_arn}
    set_to = admin.set_principal_tag_attribute_map(UseDefaults=False, PrincipalTags={"person": "sub"}, **tags)
    assert set_to["PrincipalTags"] == {"person": "sub"}
    assert admin.get_principal_tag_attribute_map(**tags)["PrincipalTags"] == {"person": "sub"}

    token = provider.sign_in("ada")
    credentials = game.credentials(game.identity_of(token), token, CustomRoleArn=chosen)["Credentials"]
    keys = keys_of(credentials)
    assert f":assumed-role/{name}/" in server.client("sts", keys).get_caller_identity()["Arn"]
    s3 = server.client("s3", keys)
    s3.put_object(Bucket=game.bucket, Key="ada/by-tag", Body=b"x")
    assert refused(s3.put_object, Bucket=game.bucket, Key="grace/by-tag", Body=b"x") == "AccessDenied"
    other = provider.sign_in("grace")
    assert refused(game.credentials, identity_id=game.identity_of(other), token=other) == "NotAuthorizedException"


def test_no_operation_of_the_model_was_left_out():
    """What this file and the others call is what the service model has, but for what COMPATIBILITY.md says is absent."""
    rows = dict(re.findall(r"^\| (\w+) \| (done|partial|absent) \|", (HERE.parent / "COMPATIBILITY.md").read_text(), re.M))
    written = "".join(path.read_text() for path in HERE.glob("*.py"))
    client = boto3.client("cognito-identity", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
    calls = client.meta.method_to_api_mapping
    assert len(calls) == 23
    missing = {api for python, api in calls.items() if rows.get(api) != "absent" and f".{python}(" not in written and f".{python}," not in written}
    assert not missing
