"""What must not work."""

import base64
import datetime
import hashlib
import hmac
import json
import subprocess
import time
import uuid

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from conftest import ACCOUNT, REGION, Game, binary, clean_environment, keys_of


def error_of(call, *arguments, **named):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    error = caught.value.response["Error"]
    return error["Code"], error.get("Message", "")


def encoded(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def parts(token):
    header, claims, signature = token.split(".")
    return decoded(header), decoded(claims), signature


def forged(header, claims, key=None):
    """A token signed by a key of the attacker's own."""
    key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    message = f"{encoded(header)}.{encoded(claims)}"
    return f"{message}.{encoded(key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


class TestTokens:
    def refused(self, game, token):
        return error_of(game.identity_of, token)

    def test_bad_signature(self, game, provider):
        header, claims, _ = parts(provider.sign_in("ada"))
        code, text = self.refused(game, forged(header, claims))
        assert (code, text) == ("NotAuthorizedException", "Invalid login token. Couldn't verify signed token.")

    def test_altered_claims(self, game, provider):
        token = provider.sign_in("ada")
        header, claims, signature = parts(token)
        claims["sub"] = "grace"
        code, _ = self.refused(game, f"{token.split('.')[0]}.{encoded(claims)}.{signature}")
        assert code == "NotAuthorizedException"

    def test_wrong_issuer(self, game, provider):
        header, claims, _ = parts(provider.sign_in("ada"))
        code, text = self.refused(game, forged(header, claims | {"iss": "https://evil.example"}))
        assert (code, text) == ("NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName")

    def test_wrong_audience(self, game, provider):
        code, text = self.refused(game, provider.sign_in("ada", client="other-app"))
        assert (code, text) == ("NotAuthorizedException", "Token is not from a supported provider of this identity pool.")

    def test_expired(self, game, provider):
        token = provider.sign_in("ada", client="short")
        time.sleep(2)
        code, text = self.refused(game, token)
        assert code == "NotAuthorizedException" and text.startswith("Invalid login token. Token expired: ")

    def test_no_algorithm(self, game, provider):
        header, claims, _ = parts(provider.sign_in("ada"))
        code, _ = self.refused(game, f"{encoded(header | {'alg': 'none'})}.{encoded(claims)}.")
        assert code == "NotAuthorizedException"

    def test_public_key_as_hmac_secret(self, game, provider):
        header, claims, _ = parts(provider.sign_in("ada"))
        keys = requests.get(f"{provider.issuer}/jwks", timeout=10).json()["keys"]
        key = next(key for key in keys if key["kty"] == "RSA")
        modulus = base64.urlsafe_b64decode(key["n"] + "==")
        message = f"{encoded(header | {'alg': 'HS256'})}.{encoded(claims)}"
        for secret in (modulus, key["n"].encode(), json.dumps(key).encode()):
            signature = hmac.new(secret, message.encode(), hashlib.sha256).digest()
            code, _ = self.refused(game, f"{message}.{encoded(signature)}")
            assert code == "NotAuthorizedException"

    def test_provider_of_another_pool(self, server, game, provider):
        identity = server.client("cognito-identity")
        other = identity.create_identity_pool(IdentityPoolName="bare", AllowUnauthenticatedIdentities=False)["IdentityPoolId"]
        unsigned = server.client("cognito-identity", unsigned=True)
        code, text = error_of(unsigned.get_id, IdentityPoolId=other, Logins=game.logins(provider.sign_in("ada")))
        assert (code, text) == ("NotAuthorizedException", "Token is not from a supported provider of this identity pool.")

    def test_our_own_token_is_no_login(self, server, game, provider):
        token = provider.sign_in("ada")
        identity = server.client("cognito-identity", unsigned=True)
        opened = identity.get_open_id_token(IdentityId=game.identity_of(token), Logins=game.logins(token))["Token"]
        code, _ = error_of(identity.get_id, IdentityPoolId=game.pool, Logins={"cognito-identity.amazonaws.com": opened})
        assert code == "NotAuthorizedException"

    def test_nobody_registers_our_own_issuer(self, server):
        code, _ = error_of(server.client("iam").create_open_id_connect_provider, Url="https://cognito-identity.amazonaws.com", ThumbprintList=["0" * 40])
        assert code in ("InvalidInput", "ValidationError")

    def test_plain_issuers_only_where_allowed(self, server):
        code, _ = error_of(server.client("iam").create_open_id_connect_provider, Url="http://192.0.2.1:8080", ThumbprintList=["0" * 40])
        assert code in ("InvalidInput", "ValidationError")


class TestIdentities:
    def test_identity_of_another_pool(self, server, fresh_game, game, provider):
        token = provider.sign_in("ada")
        mine = game.identity_of(token)
        # The other pool's role does not trust this identity's pool, and the identity is not in it.
        opened = server.client("cognito-identity", unsigned=True).get_open_id_token(IdentityId=mine, Logins=game.logins(token))["Token"]
        code, text = error_of(
            server.client("sts", unsigned=True).assume_role_with_web_identity,
            RoleArn=fresh_game.role, RoleSessionName="cross", WebIdentityToken=opened,
        )
        assert (code, text) == ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")

    def test_authenticated_identity_without_logins(self, game):
        identity_id, _ = game.player("ada")
        code, text = error_of(game.credentials, identity_id)
        assert (code, text) == ("NotAuthorizedException", f"Access to Identity '{identity_id}' is forbidden.")

    def test_somebody_elses_identity(self, game, provider):
        identity_id, _ = game.player("ada")
        code, text = error_of(game.credentials, identity_id, provider.sign_in(f"stranger-{uuid.uuid4().hex}"))
        assert code == "NotAuthorizedException" and text.startswith("Logins don't match.")

    def test_guests_where_guests_are_off(self, server, fresh_game):
        guest_id, _ = fresh_game.guest()
        identity = server.client("cognito-identity")
        identity.update_identity_pool(
            IdentityPoolId=fresh_game.pool, IdentityPoolName="closed", AllowUnauthenticatedIdentities=False,
            OpenIdConnectProviderARNs=[fresh_game.provider_arn],
        )
        wanted = ("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool.")
        assert error_of(fresh_game.identity_of) == wanted
        assert error_of(fresh_game.credentials, guest_id) == wanted

    def test_role_whose_trust_policy_names_another_pool(self, server, fresh_game, game, provider):
        iam = server.client("iam")
        iam.update_assume_role_policy(RoleName=fresh_game.role_name, PolicyDocument=json.dumps(fresh_game.trust("authenticated", game.pool)))
        token = provider.sign_in("ada")
        code, _ = error_of(fresh_game.credentials, fresh_game.identity_of(token), token)
        assert code == "InvalidIdentityPoolConfigurationException"

    def test_a_guest_does_not_get_the_players_role(self, server, game):
        guest_id = game.identity_of()
        opened = server.client("cognito-identity", unsigned=True).get_open_id_token(IdentityId=guest_id)["Token"]
        code, _ = error_of(
            server.client("sts", unsigned=True).assume_role_with_web_identity,
            RoleArn=game.role, RoleSessionName="guest", WebIdentityToken=opened,
        )
        assert code == "AccessDenied"


class TestSessions:
    def caller(self, server, keys):
        return server.client("sts", keys).get_caller_identity

    def test_session_token_of_one_key_with_another_key(self, server, game):
        _, ada = game.player("ada")
        _, grace = game.player("grace")
        code, _ = error_of(self.caller(server, (ada[0], ada[1], grace[2])))
        assert code == "InvalidClientTokenId"
        code, _ = error_of(self.caller(server, (ada[0], grace[1], grace[2])))
        assert code == "InvalidClientTokenId"

    def test_two_sessions_under_one_access_key_id(self, server, game):
        _, ada = game.player("ada")
        _, grace = game.player("grace")
        # The id is short and names nothing: the token of one never opens under the id of the other.
        assert self.caller(server, ada)() and self.caller(server, grace)()
        code, _ = error_of(self.caller(server, (grace[0], ada[1], ada[2])))
        assert code == "InvalidClientTokenId"

    @pytest.mark.parametrize("place", [0, 10, 40, -30, -2])
    def test_altered_session_token(self, server, game, place):
        _, (access, secret, token) = game.player("ada")
        place = place % len(token)
        other = "A" if token[place] != "A" else "B"
        code, _ = error_of(self.caller(server, (access, secret, token[:place] + other + token[place + 1 :])))
        assert code == "InvalidClientTokenId"

    def test_temporary_key_without_its_token(self, server, game):
        _, (access, secret, _) = game.player("ada")
        code, _ = error_of(self.caller(server, (access, secret)))
        assert code == "InvalidClientTokenId"

    def test_session_of_a_deleted_and_recreated_role(self, server, fresh_game):
        _, keys = fresh_game.player("ada")
        assert self.caller(server, keys)()
        iam = server.client("iam")
        iam.delete_role_policy(RoleName=fresh_game.role_name, PolicyName="game")
        iam.delete_role(RoleName=fresh_game.role_name)
        assert error_of(self.caller(server, keys))[0] == "InvalidClientTokenId"
        iam.create_role(RoleName=fresh_game.role_name, AssumeRolePolicyDocument=json.dumps(fresh_game.trust("authenticated")))
        assert error_of(self.caller(server, keys))[0] == "InvalidClientTokenId"

    def test_changed_policies_act_on_live_sessions(self, server, fresh_game):
        identity_id, keys = fresh_game.player("ada")
        s3 = server.client("s3", keys)
        s3.put_object(Bucket=fresh_game.bucket, Key=f"{identity_id}/x", Body=b"x")
        deny = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}
        server.client("iam").put_role_policy(RoleName=fresh_game.role_name, PolicyName="deny", PolicyDocument=json.dumps(deny))
        code, text = error_of(s3.get_object, Bucket=fresh_game.bucket, Key=f"{identity_id}/x")
        assert code == "AccessDenied" and "with an explicit deny in an identity-based policy" in text

    def test_revoked_session_and_what_was_chained_from_it(self, server, fresh_game):
        identity_id, keys = fresh_game.player("ada")
        iam = server.client("iam")
        trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": fresh_game.role}, "Action": "sts:AssumeRole"}}
        chained_role = iam.create_role(RoleName=f"Chained-{uuid.uuid4().hex[:8]}", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        chained = keys_of(server.client("sts", keys).assume_role(RoleArn=chained_role, RoleSessionName="chained")["Credentials"])
        assert self.caller(server, chained)()
        run = subprocess.run(
            [binary(), "admin", "revoke", "--endpoint", server.endpoint, "--identity", identity_id],
            env=clean_environment() | {"AWS_ACCESS_KEY_ID": server.root[0], "AWS_SECRET_ACCESS_KEY": server.root[1]},
            capture_output=True, text=True, timeout=30,
        )
        assert run.returncode == 0, run.stderr
        time.sleep(2)
        assert error_of(self.caller(server, keys))[0] in ("InvalidClientTokenId", "ExpiredToken")
        assert error_of(self.caller(server, chained))[0] in ("InvalidClientTokenId", "ExpiredToken")
        time.sleep(0.1)
        _, again = fresh_game.player("ada")
        assert self.caller(server, again)()

    def test_expired_session(self, server, game, provider, tmp_path, store):
        # Only the clock can end a session: a second server, whose clock runs ahead, on the same keyring would do;
        # here the session is opened after its life by a server that is started with a later clock.
        import shutil

        if not shutil.which("faketime"):
            pytest.fail("the package `faketime` is missing: ./test installs it")
        from conftest import Server

        own = Server(tmp_path / "server", store, provider).start()
        own_game = Game(own, provider)
        identity_id, keys = own_game.player("ada")
        own.stop()
        own.start(wrapper=("faketime", "-f", "+2h"))
        try:
            later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)
            request = AWSRequest("POST", own.endpoint, data="Action=GetCallerIdentity&Version=2011-06-15",
                                 headers={"Content-Type": "application/x-www-form-urlencoded"})
            sign_at(request, keys, "sts", later)
            answer = requests.post(own.endpoint, data=request.body, headers=dict(request.headers), timeout=10)
            assert answer.status_code == 403 and "<Code>ExpiredToken</Code>" in answer.text
        finally:
            own.stop()


def sign_at(request, keys, service, moment=None, region=REGION):
    """Signs as botocore does, at a moment of our choice."""
    import botocore.auth
    import botocore.compat

    access, secret, *token = keys
    auth = SigV4Auth(Credentials(access, secret, token[0] if token else None), service, region)
    moment = moment or datetime.datetime.now(datetime.timezone.utc)
    request.context["timestamp"] = moment.strftime("%Y%m%dT%H%M%SZ")
    if token:
        request.headers["X-Amz-Security-Token"] = token[0]
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    canonical = auth.canonical_request(request)
    signature = auth.signature(auth.string_to_sign(request, canonical), request)
    auth._inject_signature_to_request(request, signature)


class TestRequests:
    def signed(self, server, service, body="", headers=None, keys=None, moment=None, method="POST", path="/"):
        request = AWSRequest(method, server.endpoint + path, data=body, headers=headers or {})
        sign_at(request, keys or server.root, service, moment)
        return request

    def send(self, server, request, body=None, headers=None):
        return requests.request(
            request.method, request.url, data=request.body if body is None else body,
            headers=dict(request.headers) | (headers or {}), timeout=10,
        )

    form = {"Content-Type": "application/x-www-form-urlencoded"}

    def test_routed_to_one_service_and_signed_for_another(self, server):
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSCognitoIdentityService.ListIdentityPools"}
        answer = self.send(server, self.signed(server, "s3", '{"MaxResults":1}', headers))
        assert answer.status_code == 400
        assert answer.json()["__type"] == "InvalidSignatureException"
        assert "scoped to correct service: 'cognito-identity'" in answer.json()["message"]

    def test_changed_body(self, server):
        request = self.signed(server, "sts", "Action=GetCallerIdentity&Version=2011-06-15", self.form)
        answer = self.send(server, request, body="Action=GetCallerIdentity&Version=2011-06-15&X=1")
        assert answer.status_code == 403 and "SignatureDoesNotMatch" in answer.text

    def test_changed_object_leaves_nothing(self, server, game):
        request = self.signed(server, "s3", "right", {"X-Amz-Content-SHA256": hashlib.sha256(b"right").hexdigest()},
                              method="PUT", path=f"/{game.bucket}/changed")
        answer = self.send(server, request, body="wrong")
        assert answer.status_code in (400, 403)
        assert error_of(server.client("s3").head_object, Bucket=game.bucket, Key="changed")[0] == "404"

    @pytest.mark.parametrize("minutes", [-20, 20])
    def test_clock_skew(self, server, minutes):
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
        request = self.signed(server, "sts", "Action=GetCallerIdentity&Version=2011-06-15", self.form, moment=moment)
        answer = self.send(server, request)
        assert answer.status_code == 403
        assert ("Signature expired: " if minutes < 0 else "Signature not yet current: ") in answer.text

    def test_unknown_key(self, server):
        code, text = error_of(server.client("sts", ("AKIAQAAAAAAAAAAAAAAA", "x")).get_caller_identity)
        assert (code, text) == ("InvalidClientTokenId", "The security token included in the request is invalid.")

    def test_wrong_secret(self, server):
        code, _ = error_of(server.client("sts", (server.root[0], "wrong")).get_caller_identity)
        assert code == "SignatureDoesNotMatch"

    def test_missing_signature(self, server):
        code, text = error_of(server.client("sts", unsigned=True).get_caller_identity)
        assert (code, text) == ("MissingAuthenticationToken", "Request is missing Authentication Token")

    def test_host_of_somebody_else_on_the_reserved_paths(self, server):
        answer = requests.get(f"{server.endpoint}/_daypass/metrics", headers={"Host": "evil.example"}, timeout=10)
        assert answer.status_code == 421
        assert requests.get(f"{server.endpoint}/_daypass/health", timeout=10).ok

    def test_metrics_are_not_open(self, server):
        assert requests.get(f"{server.endpoint}/_daypass/metrics", timeout=10).status_code == 404

    def test_unsigned_headers_of_amazons_are_refused(self, server, game):
        request = self.signed(server, "s3", "", {"X-Amz-Content-SHA256": hashlib.sha256(b"").hexdigest()},
                              method="PUT", path=f"/{game.bucket}/smuggled")
        answer = self.send(server, request, headers={"x-amz-copy-source": f"/{game.bucket}/public/news"})
        assert answer.status_code == 403

    @pytest.mark.parametrize("path", ["/../{0}/x", "/{0}/../other/x", "/{0}//x", "/{0}/%2e%2e/x", "/{0}/a%2Fb"])
    def test_paths_mean_what_was_signed(self, server, game, path):
        _, keys = game.player("ada")
        request = self.signed(server, "s3", "x", {"X-Amz-Content-SHA256": hashlib.sha256(b"x").hexdigest()},
                              keys=keys, method="PUT", path=path.format(game.bucket))
        prepared = requests.Request("PUT", server.endpoint, data="x", headers=dict(request.headers)).prepare()
        prepared.url = server.endpoint + path.format(game.bucket)
        answer = requests.Session().send(prepared, timeout=10)
        assert answer.status_code >= 400, answer.text
