"""Pairs of policies and requests, made up from a seed, and what each request is to a policy engine: its actions, its
resources and its condition keys, written down here from AWS's documentation and not asked of the server."""

import json

TEAM = {"team": "red", "stage": "1"}
GRADE = {"grade": "gold"}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


class Policies:
    """Documents over the names of one world."""

    def __init__(self, chance, world):
        self.chance, self.world = chance, world
        table = f"arn:aws:dynamodb:us-east-1:000000000000:table/{world.table}"
        sub = "${cognito-identity.amazonaws.com:sub}"
        self.resources = [
            "*",
            f"arn:aws:s3:::{world.bucket}",
            f"arn:aws:s3:::{world.bucket}/*",
            f"arn:aws:s3:::{world.bucket}*",
            f"arn:aws:s3:::{world.bucket}/{sub}/*",
            f"arn:aws:s3:::{world.bucket}/${{aws:PrincipalTag/team}}/*",
            f"arn:aws:s3:::{world.bucket}/${{aws:PrincipalTag/absent, 'red'}}/*",
            f"arn:aws:s3:::{world.bucket}/public/????",
            f"arn:aws:s3:::{world.bucket}/${{aws:username}}/*",
            table,
            f"{table}*",
            f"{table}/index/by-game",
            "arn:aws:dynamodb:*:*:table/*",
            "arn:aws:dynamodb:eu-west-1:000000000000:table/*",
        ]
        self.actions = [
            "*", "s3:*", "s3:GetObject", "s3:Get*", "s3:Put*", "s3:PutObject", "s3:DeleteObject", "s3:List*", "s3:ListBucket",
            "s3:*Object", "s3:PutObjectTagging", "S3:getobject", "dynamodb:*", "dynamodb:GetItem", "dynamodb:*Item", "dynamodb:Query",
            "dynamodb:Batch*", "dynamodb:PartiQL*", "dynamodb:PutItem", "dynamodb:Scan", "dynamodb:?etItem", "iam:List*",
        ]

    def conditions(self, services, own_share=0.6):
        world, chance = self.world, self.chance
        sub = "${cognito-identity.amazonaws.com:sub}"
        owners = [sub, world.player_id, "${aws:username}", "red", "somebody"]
        every = [
            {"StringEquals": {"cognito-identity.amazonaws.com:aud": chance.choice([world.pool, "us-east-1:other"])}},
            {"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": chance.choice(["authenticated", "unauth*"])}},
            {"StringEquals": {"cognito-identity.amazonaws.com:sub": world.player_id}},
            {"StringLike": {"aws:PrincipalTag/team": chance.choice(["r*", "blue", "${aws:PrincipalTag/team}"])}},
            {"StringNotEquals": {"aws:PrincipalTag/TEAM": chance.choice(["red", "blue"])}},
            {"StringEqualsIfExists": {"aws:PrincipalTag/absent": "x"}},
            {"Null": {"aws:PrincipalTag/stage": chance.choice(["true", "false"])}},
            {"NumericLessThan": {"aws:PrincipalTag/stage": chance.choice(["2", "1"])}},
            {"StringLike": {"s3:prefix": chance.choice([f"{sub}/*", ["public/*", "red/*"], "*/", ""])}},
            {"StringNotLike": {"s3:prefix": chance.choice(["public/*", "us-east-1:*"])}},
            {"StringEqualsIfExists": {"s3:delimiter": "/"}},
            {"NumericLessThanEquals": {"s3:max-keys": chance.choice(["10", "999", "1000"])}},
            {"StringEquals": {"s3:ExistingObjectTag/grade": chance.choice(["gold", "tin"])}},
            {"StringNotLike": {"s3:ExistingObjectTag/grade": "g*"}},
            {"StringEquals": {"s3:RequestObjectTag/kind": chance.choice(["save", "other"])}},
            {"ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["kind"]}},
            {"StringEquals": {"s3:x-amz-storage-class": "STANDARD_IA"}},
            {"StringNotEquals": {"s3:x-amz-storage-class": "STANDARD_IA"}},
            {"StringEquals": {"s3:authType": chance.choice(["REST-HEADER", "REST-QUERY-STRING"])}},
            {"StringLike": {"s3:x-amz-copy-source": chance.choice([f"{world.bucket}/*", f"{world.bucket}/public/*", f"/{world.bucket}/*"])}},
            {"Null": {"s3:x-amz-copy-source": chance.choice(["true", "false"])}},
            {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [chance.choice(owners)]}},
            {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [chance.choice(owners), "us-east-1:*"]}},
            {"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": chance.sample(owners, 2)}},
            {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["player", "game", *chance.choice([[], ["score"], ["score", "name"]])]}},
            {"ForAnyValue:StringEquals": {"dynamodb:Attributes": chance.choice(["name", "score"])}},
            {"StringEquals": {"dynamodb:Select": chance.choice(["SPECIFIC_ATTRIBUTES", "ALL_ATTRIBUTES", "COUNT"])}},
            {"StringEqualsIfExists": {"dynamodb:ReturnValues": chance.choice(["NONE", "ALL_OLD"])}},
            {"StringEquals": {"dynamodb:ReturnConsumedCapacity": chance.choice(["NONE", "TOTAL"])}},
            {"StringLike": {"dynamodb:EnclosingOperation": "Transact*"}},
            {"Bool": {"aws:SecureTransport": chance.choice(["true", "false"])}},
            {"IpAddress": {"aws:SourceIp": chance.choice(["127.0.0.0/8", "10.0.0.0/8"])}},
            {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::/0"]}},
            {"DateGreaterThan": {"aws:CurrentTime": chance.choice(["2020-01-01T00:00:00Z", "2199-01-01T00:00:00Z"])}},
            {"StringEquals": {"aws:PrincipalType": chance.choice(["AssumedRole", "User"])}},
            {"ArnLike": {"aws:PrincipalArn": chance.choice(["arn:aws:iam::000000000000:role/*", "arn:aws:iam::*:user/ann*"])}},
            {"StringEquals": {"aws:ResourceAccount": chance.choice(["000000000000", "${aws:PrincipalAccount}", "111111111111"])}},
            {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
            {"StringEquals": {"aws:RequestedRegion": chance.choice(["us-east-1", "eu-west-1"])}},
        ]
        own = [one for one in every if any(key.startswith(f"{service}:") for service in services for keys in one.values() for key in keys)]
        shared = [one for one in every if not any(key.startswith(("s3:", "dynamodb:")) for keys in one.values() for key in keys)]
        return chance.choice(own if own and chance.random() < own_share else shared)

    def statement(self):
        chance = self.chance
        if chance.random() < 0.4:
            # Everything of one service, on one of its own keys.
            service = chance.choice(["s3", "dynamodb"])
            condition = self.conditions([service], 1)
            return {"Effect": chance.choice(["Allow", "Allow", "Deny"]), "Action": f"{service}:*", "Resource": "*", "Condition": condition}
        # Mostly of one service, so that its actions meet its resources and its keys.
        services = chance.choice([["s3"], ["s3"], ["dynamodb"], ["dynamodb"], ["s3", "dynamodb", "iam"]])
        actions = [one for one in self.actions if one == "*" or one.lower().startswith(tuple(services))]
        resources = [one for one in self.resources if one == "*" or any(f":{service}:" in one for service in services)]
        statement = {
            "Effect": "Allow" if chance.random() < 0.75 else "Deny",
            chance.choices(["Action", "NotAction"], [9, 1])[0]: chance.sample(actions, chance.randint(1, 3)),
            chance.choices(["Resource", "NotResource"], [9, 1])[0]: chance.sample(resources, chance.randint(1, 3)),
        }
        conditions = {}
        for _ in range(chance.choices([0, 1, 2], [3, 5, 1])[0]):
            for operator, keys in self.conditions(services).items():
                conditions.setdefault(operator, {}).update(keys)
        return statement | ({"Condition": conditions} if conditions else {})

    def story(self):
        """What a game gives its players: their own prefix and their own items."""
        sub = "${cognito-identity.amazonaws.com:sub}"
        bucket, table = f"arn:aws:s3:::{self.world.bucket}", f"arn:aws:dynamodb:us-east-1:000000000000:table/{self.world.table}"
        return document(
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "Resource": [f"{bucket}/{sub}/*", f"{bucket}/public/*"]},
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket, "Condition": {"StringLike": {"s3:prefix": [f"{sub}/*", "public/*", "red/*"]}}},
            {"Effect": "Allow", "Action": ["dynamodb:*Item", "dynamodb:Query", "dynamodb:PartiQLSelect"], "Resource": table,
             "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [sub]}}},
        )

    def policy(self, generous=0.25):
        if self.chance.random() < 0.15:
            return self.story()
        statements = [self.statement() for _ in range(self.chance.randint(1, 4))]
        if self.chance.random() < generous:
            statements.append({"Effect": "Allow", "Action": ["s3:*", "dynamodb:*", "iam:*"], "Resource": "*"})
        return document(*statements)

    def bucket_policy(self):
        """Actions of objects on objects, of the bucket on the bucket, with keys that they have: nothing else is taken."""
        chance, world = self.chance, self.world
        principals = ["*", {"AWS": "*"}, {"AWS": "000000000000"}, {"AWS": world.role}, {"AWS": world.player_session}, {"AWS": world.user_arn},
                      {"AWS": [world.worker, world.guest_role]}]
        statements = []
        for number in range(chance.randint(1, 3)):
            statement = {"Sid": f"s{number}", "Effect": chance.choice(["Allow", "Allow", "Deny"]), "Principal": chance.choice(principals)}
            conditions = [
                {"StringEquals": {"cognito-identity.amazonaws.com:aud": world.pool}}, {"StringLike": {"aws:PrincipalTag/team": "r*"}},
                {"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, {"Bool": {"aws:SecureTransport": "false"}},
                {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}},
            ]
            if chance.random() < 0.5:
                statement["Action"] = chance.choice([["s3:GetObject"], ["s3:PutObject", "s3:GetObject"], ["s3:DeleteObject"], ["s3:*Object"]])
                places = ["public/*", "*", "${cognito-identity.amazonaws.com:sub}/*", "red/*"]
                statement["Resource"] = f"arn:aws:s3:::{world.bucket}/{chance.choice(places)}"
            else:
                statement["Action"] = "s3:ListBucket"
                statement["Resource"] = f"arn:aws:s3:::{world.bucket}"
                conditions += [{"StringLike": {"s3:prefix": "public/*"}}, {"NumericLessThan": {"s3:max-keys": "11"}}]
            if chance.random() < 0.5:
                statement["Condition"] = chance.choice(conditions)
            statements.append(statement)
        return document(*statements)


class Decision:
    """What one request asks of the policies."""

    def __init__(self, action, resource, **context):
        self.action, self.resource, self.context = action, resource, context


class Request:
    """A request: how it is sent, and the decisions that must all be made for it."""

    def __init__(self, name, send, *decisions, presigned=False):
        self.name, self.send, self.decisions, self.presigned = name, send, decisions, presigned


class Requests:
    """Requests over the names of one world."""

    def __init__(self, chance, world, lacks=()):
        self.chance, self.world = chance, world
        absent = {"transactions": (self.write_together, self.read_together), "partiql": (self.select,)}
        absent = [kind for lack in lacks for kind in absent.get(lack, ())]
        kinds = [
            self.get, self.get, self.head, self.put, self.put, self.delete, self.list, self.list, self.list, self.copy, self.start, self.buckets, self.location,
            self.get_item, self.get_item, self.put_item, self.update_item, self.delete_item, self.query, self.query, self.scan,
            self.batch_get, self.batch_write, self.write_together, self.read_together, self.select, self.users,
        ]
        self.kinds = [kind for kind in kinds if kind not in absent]

    def one(self):
        return self.chance.choice(self.kinds)()

    # S3.

    def folder(self):
        return self.chance.choice([self.world.player_id, self.world.guest_id, "public", "red", "ann"])

    def object(self, key):
        return f"arn:aws:s3:::{self.world.bucket}/{key}"

    def reading(self, key):
        tags = GRADE if key.endswith("/tagged") else {}
        return Decision("s3:GetObject", self.object(key), **{f"s3:ExistingObjectTag/{name}": value for name, value in tags.items()})

    def get(self):
        key = f"{self.folder()}/{self.chance.choice(['file', 'tagged'])}"
        presigned = self.chance.random() < 0.3
        return Request(f"get {key}", lambda c: c.get(key, presigned), self.reading(key), presigned=presigned)

    def head(self):
        key = f"{self.folder()}/{self.chance.choice(['file', 'tagged'])}"
        return Request(f"head {key}", lambda c: c.s3("head_object", Key=key), self.reading(key))

    def put(self):
        key, more, context = f"{self.folder()}/{self.chance.choice(['new1', 'longer'])}", {}, {"s3:ObjectCreationOperation": "true"}
        if self.chance.random() < 0.3:
            more["StorageClass"] = context["s3:x-amz-storage-class"] = "STANDARD_IA"
        decisions = []
        if self.chance.random() < 0.3:
            more["Tagging"] = "kind=save&size=1"
            tags = {"s3:RequestObjectTag/kind": "save", "s3:RequestObjectTag/size": "1", "s3:RequestObjectTagKeys": ["kind", "size"]}
            context |= tags
            # The tags are decided on what is said of them: AWS names no key of the object for this action.
            decisions.append(Decision("s3:PutObjectTagging", self.object(key), **tags))
        decisions.insert(0, Decision("s3:PutObject", self.object(key), **context))
        return Request(f"put {key} {more}", lambda c: c.s3("put_object", Key=key, Body=b"x", **more), *decisions)

    def delete(self):
        key = f"{self.folder()}/trash"
        return Request(f"delete {key}", lambda c: c.s3("delete_object", Key=key), Decision("s3:DeleteObject", self.object(key)))

    def list(self):
        more, context = {}, {}
        if self.chance.random() < 0.7:
            more["Prefix"] = context["s3:prefix"] = self.chance.choice([f"{self.folder()}/", f"{self.folder()}/fi", ""])
        if self.chance.random() < 0.4:
            more["Delimiter"] = context["s3:delimiter"] = "/"
        limit = self.chance.choice([None, 7, 1000])
        context["s3:max-keys"] = str(limit or 1000)
        if limit:
            more["MaxKeys"] = limit
        operation = self.chance.choice(["list_objects", "list_objects_v2"])
        decision = Decision("s3:ListBucket", f"arn:aws:s3:::{self.world.bucket}", **context)
        return Request(f"{operation} {more}", lambda c: c.s3(operation, **more), decision)

    def copy(self):
        source, target = f"{self.folder()}/file", f"{self.folder()}/copied"
        context = {"s3:ObjectCreationOperation": "true", "s3:x-amz-copy-source": f"{self.world.bucket}/{source}"}
        where = {"Bucket": self.world.bucket, "Key": source}
        return Request(
            f"copy {source} to {target}", lambda c: c.s3("copy_object", Key=target, CopySource=where),
            self.reading(source), Decision("s3:PutObject", self.object(target), **context),
        )

    def start(self):
        key = f"{self.folder()}/parts"
        decision = Decision("s3:PutObject", self.object(key), **{"s3:ObjectCreationOperation": "true"})
        return Request(f"create_multipart_upload {key}", lambda c: c.s3("create_multipart_upload", Key=key), decision)

    def buckets(self):
        return Request("list_buckets", lambda c: c.s3("list_buckets", Bucket=None), Decision("s3:ListAllMyBuckets", "arn:aws:s3:::*"))

    def location(self):
        decision = Decision("s3:GetBucketLocation", f"arn:aws:s3:::{self.world.bucket}")
        return Request("get_bucket_location", lambda c: c.s3("get_bucket_location"), decision)

    # DynamoDB.

    def owner(self):
        return self.chance.choice([self.world.player_id, self.world.guest_id, "red", "somebody"])

    @property
    def table(self):
        return f"arn:aws:dynamodb:us-east-1:000000000000:table/{self.world.table}"

    def item_decision(self, action, owners, attributes, **context):
        leading = sorted(set(owners))
        return Decision(f"dynamodb:{action}", self.table, **{"dynamodb:LeadingKeys": leading, "dynamodb:Attributes": sorted(attributes)}, **context)

    def capacity(self):
        asked = self.chance.choice([None, "TOTAL"])
        return ({"ReturnConsumedCapacity": asked} if asked else {}), {"dynamodb:ReturnConsumedCapacity": asked or "NONE"}

    def key(self, owner):
        return {"player": {"S": owner}, "game": {"S": "chess"}}

    def get_item(self):
        owner, projected = self.owner(), self.chance.choice([None, ["score"], ["#n", "score"]])
        more, context = self.capacity()
        attributes = {"player", "game"}
        context["dynamodb:Select"] = "SPECIFIC_ATTRIBUTES" if projected else "ALL_ATTRIBUTES"
        if projected:
            more["ProjectionExpression"] = ", ".join(projected)
            attributes |= {"name" if name == "#n" else name for name in projected}
            more |= {"ExpressionAttributeNames": {"#n": "name"}} if "#n" in projected else {}
        decision = self.item_decision("GetItem", [owner], attributes, **context)
        return Request(f"get_item {owner} {more}", lambda c: c.dynamo("get_item", Key=self.key(owner), **more), decision)

    def returns(self):
        asked = self.chance.choice([None, "ALL_OLD"])
        return ({"ReturnValues": asked} if asked else {}), {"dynamodb:ReturnValues": asked or "NONE"}

    def put_item(self):
        owner, extra = self.owner(), self.chance.choice([{}, {"score": {"N": "1"}}, {"name": {"S": "n"}}])
        more, context = self.returns()
        item = self.key(owner) | extra
        context |= {"dynamodb:ReturnConsumedCapacity": "NONE"}
        return Request(f"put_item {item} {more}", lambda c: c.dynamo("put_item", Item=item, **more), self.item_decision("PutItem", [owner], set(item), **context))

    def update_item(self):
        owner, name = self.owner(), self.chance.choice(["score", "name"])
        more, context = self.returns()
        context |= {"dynamodb:ReturnConsumedCapacity": "NONE"}
        more |= {"UpdateExpression": "SET #a = :v", "ExpressionAttributeNames": {"#a": name}, "ExpressionAttributeValues": {":v": {"S": "x"}}}
        decision = self.item_decision("UpdateItem", [owner], {"player", "game", name}, **context)
        return Request(f"update_item {owner} {name}", lambda c: c.dynamo("update_item", Key=self.key(owner), **more), decision)

    def delete_item(self):
        owner = self.owner()
        more, context = self.returns()
        context |= {"dynamodb:ReturnConsumedCapacity": "NONE"}
        decision = self.item_decision("DeleteItem", [owner], {"player", "game"}, **context)
        return Request(f"delete_item {owner}", lambda c: c.dynamo("delete_item", Key=self.key(owner), **more), decision)

    def query(self):
        on_index, owner = self.chance.random() < 0.4, self.owner()
        more, context = self.capacity()
        attributes = {"game"} if on_index else {"player"}
        value = "chess" if on_index else owner
        more |= {"KeyConditionExpression": f"{'game' if on_index else 'player'} = :k", "ExpressionAttributeValues": {":k": {"S": value}}}
        context["dynamodb:Select"] = "ALL_PROJECTED_ATTRIBUTES" if on_index else "ALL_ATTRIBUTES"
        if self.chance.random() < 0.4:
            more["Select"] = context["dynamodb:Select"] = self.chance.choice(["COUNT", "ALL_ATTRIBUTES"])
        elif self.chance.random() < 0.4:
            more["ProjectionExpression"] = "score"
            attributes.add("score")
            context["dynamodb:Select"] = "SPECIFIC_ATTRIBUTES"
        decision = self.item_decision("Query", [value], attributes, **context)
        if on_index:
            more["IndexName"] = "by-game"
            decision.resource += "/index/by-game"
        return Request(f"query {more}", lambda c: c.dynamo("query", **more), decision)

    def scan(self):
        more, context = self.capacity()
        attributes = []
        context["dynamodb:Select"] = "ALL_ATTRIBUTES"
        if self.chance.random() < 0.5:
            more["FilterExpression"] = "attribute_exists(score)"
            attributes = ["score"]
        decision = Decision("dynamodb:Scan", self.table, **{"dynamodb:Attributes": attributes}, **context)
        return Request(f"scan {more}", lambda c: c.dynamo("scan", **more), decision)

    def owners(self):
        return self.chance.sample([self.world.player_id, self.world.guest_id, "red", "somebody"], self.chance.randint(1, 2))

    def batch_get(self):
        owners = self.owners()
        more, context = self.capacity()
        context["dynamodb:Select"] = "ALL_ATTRIBUTES"
        items = {self.world.table: {"Keys": [self.key(owner) for owner in owners]}}
        decision = self.item_decision("BatchGetItem", owners, {"player", "game"}, **context)
        return Request(f"batch_get {owners}", lambda c: c.dynamo("batch_get_item", TableName=None, RequestItems=items, **more), decision)

    def batch_write(self):
        owners = self.owners()
        put, remove = {"PutRequest": {"Item": self.key(owners[0]) | {"score": {"N": "1"}}}}, [{"DeleteRequest": {"Key": self.key(owner)}} for owner in owners[1:]]
        decision = self.item_decision("BatchWriteItem", owners, {"player", "game", "score"}, **{"dynamodb:ReturnConsumedCapacity": "NONE"})
        return Request(f"batch_write {owners}", lambda c: c.dynamo("batch_write_item", TableName=None, RequestItems={self.world.table: [put, *remove]}), decision)

    def together(self, operation, action, owner, attributes, **context):
        context |= {"dynamodb:EnclosingOperation": operation, "dynamodb:ReturnConsumedCapacity": "NONE"}
        return self.item_decision(action, [owner], attributes, **context)

    def write_together(self):
        first, second = self.chance.sample([self.world.player_id, self.world.guest_id, "red", "somebody"], 2)
        items = [
            {"Put": {"TableName": self.world.table, "Item": self.key(first) | {"name": {"S": "n"}}}},
            {"Delete": {"TableName": self.world.table, "Key": self.key(second)}},
        ]
        none = {"dynamodb:ReturnValues": "NONE"}
        return Request(
            f"transact_write {first} {second}", lambda c: c.dynamo("transact_write_items", TableName=None, TransactItems=items),
            self.together("TransactWriteItems", "PutItem", first, {"player", "game", "name"}, **none),
            self.together("TransactWriteItems", "DeleteItem", second, {"player", "game"}, **none),
        )

    def read_together(self):
        owners = self.owners()
        items = [{"Get": {"TableName": self.world.table, "Key": self.key(owner)}} for owner in owners]
        every = {"dynamodb:Select": "ALL_ATTRIBUTES"}
        return Request(
            f"transact_get {owners}", lambda c: c.dynamo("transact_get_items", TableName=None, TransactItems=items),
            *(self.together("TransactGetItems", "GetItem", owner, {"player", "game"}, **every) for owner in owners),
        )

    def select(self):
        owner = self.owner()
        statement = f"SELECT score FROM \"{self.world.table}\" WHERE player = '{owner}'"
        decision = self.item_decision("PartiQLSelect", [owner], {"player", "score"}, **{"dynamodb:Select": "SPECIFIC_ATTRIBUTES", "dynamodb:FullTableScan": "false"})
        return Request(f"select {owner}", lambda c: c.dynamo("execute_statement", TableName=None, Statement=statement), decision)

    def users(self):
        return Request("list_users", lambda c: c.iam("list_users"), Decision("iam:ListUsers", "*"))


def scenario(number, caller, request, decision, policies):
    """One line for `daypass policy simulate --json`."""
    of_s3 = decision.action.startswith("s3:")
    context = caller.context(request, decision) | decision.context
    line = {"id": number, "action": decision.action, "resource": decision.resource, "context": context, "resourceAccount": "000000000000"}
    if caller.arn:
        line |= {"principal": caller.arn, "identity": policies.identity.get(caller.name, [])}
        line |= {"boundary": policies.boundary[caller.name]} if caller.name in policies.boundary else {}
        line |= {"session": policies.session[caller.name]} if caller.name in policies.session else {}
    if of_s3 and decision.action != "s3:ListAllMyBuckets" and policies.bucket:
        line["resourcePolicy"] = policies.bucket
    return json.dumps(line)
