"""What the simulator says is what happens: policies and requests made up from a seed, each asked of `daypass policy
simulate`, of iam:SimulatePrincipalPolicy where it can be said there, and of the live services.

DAYPASS_SEED and DAYPASS_PAIRS choose others.
"""

import json
import os
import random
import subprocess
import uuid

import engines
import pytest
import requests
from botocore.exceptions import ClientError
from conftest import ACCOUNT, REGION, binary, clean_environment, keys_of
from pairs import GRADE, TEAM, Policies, Requests, document, scenario

SEED = int(os.environ.get("DAYPASS_SEED", "20261124"))
PAIRS = int(os.environ.get("DAYPASS_PAIRS", "2000"))
REQUESTS_A_POLICY = 10
REFUSED = {"AccessDenied", "AccessDeniedException", "403"}
# The services that guests of the enhanced flow can reach at most, of those served here.
SCOPE_DOWN = document({"Effect": "Allow", "Action": ["s3:*", "dynamodb:*", "cognito-identity:*", "cognito-sync:*"], "Resource": "*"})


class Caller:
    """Somebody who asks, and the condition keys that follow from who they are."""

    def __init__(self, world, name, arn, keys, **context):
        self.world, self.name, self.arn, self.keys, self.own = world, name, arn, keys, context
        self.clients = {}

    def context(self, request, decision):
        context = {
            "aws:SourceIp": "127.0.0.1", "aws:SecureTransport": "false", "aws:RequestedRegion": REGION, "aws:ViaAWSService": "false",
            "aws:CurrentTime": "2026-11-24T12:00:00Z", "aws:ResourceAccount": ACCOUNT, **self.own,
        }
        if self.arn:
            context |= {"aws:PrincipalAccount": ACCOUNT, "aws:PrincipalIsAWSService": "false"}
        if decision.action.startswith("s3:"):
            context["s3:ResourceAccount"] = ACCOUNT
            if self.arn:
                context |= {"s3:authType": "REST-QUERY-STRING" if request.presigned else "REST-HEADER", "s3:signatureversion": "AWS4-HMAC-SHA256"}
        return context

    def client(self, service):
        if service not in self.clients:
            self.clients[service] = self.world.server.client(service, self.keys, unsigned=self.keys is None, **({"signature_version": "s3v4"} if service == "s3" and self.keys else {}))
        return self.clients[service]

    def allowed(self, call, **arguments):
        try:
            call(**{name: value for name, value in arguments.items() if value is not None})
            return True
        except ClientError as error:
            code = error.response["Error"]["Code"]
            assert code in REFUSED, f"neither done nor denied: {error}"
            return False

    def s3(self, operation, **arguments):
        return self.allowed(getattr(self.client("s3"), operation), **{"Bucket": self.world.bucket, **arguments})

    def get(self, key, presigned):
        if not presigned:
            return self.s3("get_object", Key=key)
        where = {"Bucket": self.world.bucket, "Key": key}
        answer = requests.get(self.client("s3").generate_presigned_url("get_object", Params=where), timeout=10)
        assert answer.ok or answer.status_code == 403 and "<Code>AccessDenied<" in answer.text, answer.text
        return answer.ok

    def dynamo(self, operation, **arguments):
        return self.allowed(getattr(self.client("dynamodb"), operation), **{"TableName": self.world.table, **arguments})

    def iam(self, operation):
        return self.allowed(getattr(self.client("iam"), operation))


class World:
    """A bucket, a table, and five who ask: a player, a guest, a user, a session of a role with a session policy, nobody."""

    def __init__(self, server, game):
        self.server, self.game = server, game
        self.pool, self.role, self.guest_role = game.pool, game.role, game.guest_role
        suffix = uuid.uuid4().hex[:8]
        self.bucket, self.table, self.suffix = f"pairs-{suffix}", f"pairs-{suffix}", suffix
        self.admin = {service: server.client(service) for service in ("iam", "s3", "dynamodb")}
        iam = self.admin["iam"]
        for role in (game.role_name, game.guest_role_name):
            iam.tag_role(RoleName=role, Tags=[{"Key": key, "Value": value} for key, value in TEAM.items()])
        self.player_id, player_keys = game.player(f"pairs-{suffix}")
        self.guest_id, guest_keys = game.guest()
        self.user = f"ann-{suffix}"
        self.user_arn = f"arn:aws:iam::{ACCOUNT}:user/{self.user}"
        made = iam.create_user(UserName=self.user, Tags=[{"Key": "team", "Value": "blue"}])["User"]
        key = iam.create_access_key(UserName=self.user)["AccessKey"]
        user_keys = (key["AccessKeyId"], key["SecretAccessKey"])
        self.worker_name = f"Worker-{suffix}"
        trust = document({"Effect": "Allow", "Principal": {"AWS": self.user_arn}, "Action": "sts:AssumeRole"})
        self.worker = iam.create_role(RoleName=self.worker_name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        self.player_session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{game.role_name}/CognitoIdentityCredentials"
        self.set_up()

        def session(name, role, role_name, keys, identity=None, amr=None, session="CognitoIdentityCredentials"):
            role_id = iam.get_role(RoleName=role_name)["Role"]["RoleId"]
            context = {"aws:PrincipalArn": role, "aws:PrincipalType": "AssumedRole", "aws:userid": f"{role_id}:{session}", "aws:MultiFactorAuthPresent": "false"}
            if identity:
                context |= {"cognito-identity.amazonaws.com:aud": self.pool, "cognito-identity.amazonaws.com:sub": identity, "cognito-identity.amazonaws.com:amr": amr}
                context |= {f"aws:PrincipalTag/{tag}": value for tag, value in TEAM.items()} | {"aws:FederatedProvider": "cognito-identity.amazonaws.com"}
            return Caller(self, name, f"arn:aws:sts::{ACCOUNT}:assumed-role/{role_name}/{session}", keys, **context)

        provider = game.provider.name
        signed_in = ["authenticated", provider, f"{provider}:{self.pool}:pairs-{suffix}"]
        user = {"aws:PrincipalArn": self.user_arn, "aws:PrincipalType": "User", "aws:username": self.user, "aws:userid": made["UserId"], "aws:PrincipalTag/team": "blue"}
        self.callers = [
            session("player", self.role, game.role_name, player_keys, self.player_id, signed_in),
            session("guest", self.guest_role, game.guest_role_name, guest_keys, self.guest_id, ["unauthenticated"]),
            Caller(self, "user", self.user_arn, user_keys, **user),
            session("worker", self.worker, self.worker_name, None, session="work"),
            Caller(self, "nobody", None, None, **{"aws:PrincipalType": "Anonymous", "aws:PrincipalAccount": "anonymous", "aws:userid": "anonymous"}),
        ]

    def set_up(self):
        s3 = self.admin["s3"]
        s3.create_bucket(Bucket=self.bucket)
        # Bucket policies for everybody are part of the game.
        try:
            s3.delete_public_access_block(Bucket=self.bucket)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "NotImplemented"
        for folder in (self.player_id, self.guest_id, "public", "red", "ann"):
            for name, tags in (("file", {}), ("tagged", GRADE)):
                s3.put_object(Bucket=self.bucket, Key=f"{folder}/{name}", Body=b"x", Tagging="&".join(f"{k}={v}" for k, v in tags.items()))
        self.admin["dynamodb"].create_table(
            TableName=self.table, BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "player", "KeyType": "HASH"}, {"AttributeName": "game", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("player", "game")],
            GlobalSecondaryIndexes=[{"IndexName": "by-game", "KeySchema": [{"AttributeName": "game", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}],
        )


class Put:
    """A set of policies, put where they belong."""

    def __init__(self, world, policies, chance):
        iam, s3 = world.admin["iam"], world.admin["s3"]
        self.identity, self.boundary, self.session, self.bucket = {}, {}, {"guest": [SCOPE_DOWN]}, None
        for name, role in (("player", world.game.role_name), ("guest", world.game.guest_role_name), ("worker", world.worker_name)):
            self.identity[name] = [policies.policy()]
            iam.put_role_policy(RoleName=role, PolicyName="game", PolicyDocument=json.dumps(self.identity[name][0]))
        # Up to 2,048 characters for users.
        self.identity["user"] = [policies.policy()]
        while len(json.dumps(self.identity["user"][0], separators=(",", ":"))) > 1900:
            self.identity["user"] = [policies.policy()]
        iam.put_user_policy(UserName=world.user, PolicyName="own", PolicyDocument=json.dumps(self.identity["user"][0]))
        for name, holder in (("user", {"UserName": world.user}), ("player", {"RoleName": world.game.role_name})):
            noun = "user" if name == "user" else "role"
            if chance.random() < 0.4:
                self.boundary[name] = policies.policy(generous=0.7)
                made = iam.create_policy(PolicyName=f"b-{uuid.uuid4().hex[:12]}", PolicyDocument=json.dumps(self.boundary[name]))
                getattr(iam, f"put_{noun}_permissions_boundary")(**holder, PermissionsBoundary=made["Policy"]["Arn"])
            else:
                try:
                    getattr(iam, f"delete_{noun}_permissions_boundary")(**holder)
                except iam.exceptions.NoSuchEntityException:
                    pass
        self.bucket = policies.bucket_policy() if chance.random() < 0.6 else None
        if self.bucket:
            s3.put_bucket_policy(Bucket=world.bucket, Policy=json.dumps(self.bucket))
        else:
            s3.delete_bucket_policy(Bucket=world.bucket)
        self.new_worker(world, policies)

    def new_worker(self, world, policies):
        """A session of the worker's role, with another session policy each time."""
        (worker,) = [caller for caller in world.callers if caller.name == "worker"]
        (user,) = [caller for caller in world.callers if caller.name == "user"]
        session = policies.policy(generous=0.6)
        while len(json.dumps(session, separators=(",", ":"))) > 2000:
            session = policies.policy(generous=0.6)
        self.session["worker"] = [session]
        # The trust policy names the user, who needs nothing else.
        sts = world.server.client("sts", user.keys)
        try:
            assumed = sts.assume_role(RoleArn=world.worker, RoleSessionName="work", Policy=json.dumps(session, separators=(",", ":")))
        except ClientError as error:
            # Unless a policy of this round forbids it.
            assert error.response["Error"]["Code"] == "AccessDenied", error
            worker.keys = None
            return
        worker.keys, worker.clients = keys_of(assumed["Credentials"]), {}


def simulated(lines):
    run = subprocess.run([binary(), "policy", "simulate", "--json"], input="\n".join(lines), capture_output=True, text=True, env=clean_environment(), timeout=300)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(lines), run.stderr
    assert not any("error" in answer for answer in answers), [answer for answer in answers if "error" in answer][:3]
    return {answer["id"]: answer for answer in answers}


def by_principal(world, caller, decision, context):
    """What iam:SimulatePrincipalPolicy says of an entity that has no session policy."""
    source = world.role if caller.name == "player" else world.user_arn
    entries = []
    for key, value in context.items():
        kind = "stringList" if isinstance(value, list) else "string"
        entries.append({"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": value if isinstance(value, list) else [value]})
    said = world.admin["iam"].simulate_principal_policy(
        PolicySourceArn=source, ActionNames=[decision.action], ResourceArns=[decision.resource], ContextEntries=entries)
    return said["EvaluationResults"][0]["EvalDecision"] == "allowed"


@pytest.fixture(scope="module")
def pairs(server, provider, engine):
    """Every pair with what really happened."""
    from conftest import Game

    world = World(server, Game(server, provider))
    chance = random.Random(SEED)
    policies, asked = Policies(chance, world), Requests(chance, world, engines.LACKS[engine])
    lines, happened, differing = [], [], []
    while len(happened) < PAIRS:
        put = Put(world, policies, chance)
        for _ in range(REQUESTS_A_POLICY):
            caller, request = chance.choice([one for one in world.callers if one.keys or one.name == "nobody"]), asked.one()
            if caller.name == "nobody" and not all(decision.action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket") for decision in request.decisions):
                # Strangers are known to S3 only.
                request = asked.list() if chance.random() < 0.5 else asked.delete()
            numbers = []
            for decision in request.decisions:
                numbers.append(len(lines))
                lines.append(scenario(len(lines), caller, request, decision, put))
            live = request.send(caller)
            happened.append((numbers, live, f"{caller.name}: {request.name}"))
            if caller.name in ("player", "user") and not put.bucket and len(request.decisions) == 1:
                (decision,) = request.decisions
                said = by_principal(world, caller, decision, caller.context(request, decision) | decision.context)
                if said != live:
                    differing.append((lines[numbers[0]], said, live))
    return lines, happened, differing


def differences(lines, happened):
    """Where simulation and life differ, and how often each said what."""
    said = simulated(lines)
    found, counted = [], {True: 0, False: 0}
    for numbers, live, name in happened:
        allowed = all(said[number]["decision"] == "Allowed" for number in numbers)
        counted[live] += 1
        if allowed != live:
            found.append((name, f"live {live}", [(said[number], json.loads(lines[number])) for number in numbers]))
    return found, counted


def test_the_live_services_do_what_the_simulator_says(pairs):
    lines, happened, _ = pairs
    found, counted = differences(lines, happened)
    print(f"seed {SEED}: {counted[True]} allowed, {counted[False]} denied")
    assert not found, f"seed {SEED}: {len(found)} of {len(happened)} differ, first {json.dumps(found[0], indent=1)}"
    assert min(counted.values()) > PAIRS / 5, "policies and requests say both yes and no"


def test_the_simulation_of_a_principal_says_it_too(pairs):
    _, _, differing = pairs
    assert not differing, f"seed {SEED}: {len(differing)} differ, first {differing[0]}"


WITHOUT = [
    "cognito-identity.amazonaws.com:sub", "aws:PrincipalTag/team", "dynamodb:LeadingKeys", "dynamodb:Attributes", "dynamodb:Select", "s3:prefix",
    "s3:max-keys", "s3:ExistingObjectTag/grade", "s3:authType", "aws:PrincipalType", "boundary", "session", "resourcePolicy",
]


def test_a_wrong_statement_of_a_request_would_be_noticed(pairs):
    """The comparison can fail: without one key, or one kind of policy, the simulator says something else. What few
    pairs of a seed depend on may go unnoticed."""
    lines, happened, _ = pairs
    noticed = {}
    for key in WITHOUT:
        wrong = []
        for line in map(json.loads, lines):
            line["context"].pop(key, None)
            line.pop(key, None)
            wrong.append(json.dumps(line))
        noticed[key] = len(differences(wrong, happened)[0])
    print(f"seed {SEED}: noticed {noticed}")
    assert sum(1 for count in noticed.values() if count) >= len(WITHOUT) - 3, f"seed {SEED}: {noticed}"
