"""Every answer that boto3 gets is held against AWS's published service model, name by name.

boto3 reads what it knows and says nothing of the rest: a misspelt member would simply be missing. Here a member that
the model does not have fails the call that got it, and so does a required member that is not there.
"""

import json
from xml.etree import ElementTree

# Members that are beside the model on purpose, by the structure they stand in, with the reason.
OURS = {
    ("TableDescription", "TableThroughputModeSummary"): "the engine repeats BillingModeSummary under its older name",
}


def watch(client):
    """Holds every successful answer to `client` against its model."""

    def check(http_response, model, **_):
        if http_response.status_code < 300:
            strangers = list(unknown(http_response, model))
            assert not strangers, f"{model.service_model.service_name} {model.name} does not answer as its model says: {strangers}"

    client.meta.events.register("after-call", check)
    return client


def unknown(http_response, model):
    """The paths of members that the operation's output does not have."""
    shape = model.output_shape
    protocol = model.service_model.metadata["protocol"]
    if shape is None or model.has_streaming_output or not http_response.content:
        return
    if protocol in ("json", "rest-json"):
        if "application/x-amz-json" in http_response.headers.get("content-type", "") or protocol == "rest-json":
            yield from in_json(json.loads(http_response.content), shape, model.name)
        return
    root = ElementTree.fromstring(http_response.content)
    if protocol == "query":
        wrapper = shape.serialization.get("resultWrapper")
        assert plain(root.tag) == f"{model.name}Response", root.tag
        others = {plain(child.tag) for child in root} - {wrapper, "ResponseMetadata"}
        yield from (f"{model.name}Response.{other}" for other in sorted(others))
        for child in root:
            if plain(child.tag) == wrapper:
                yield from in_xml(child, shape, wrapper)
        return
    payload = shape.serialization.get("payload")
    yield from in_xml(root, shape.members[payload] if payload else shape, plain(root.tag))


def in_json(value, shape, path):
    if shape.type_name == "structure" and isinstance(value, dict):
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, inner in value.items():
            if name in names:
                yield from in_json(inner, names[name], f"{path}.{name}")
            elif (shape.name, name) not in OURS:
                yield f"{path}.{name}"
        yield from lacking(shape, value, path)
    elif shape.type_name == "list" and isinstance(value, list):
        for inner in value:
            yield from in_json(inner, shape.member, f"{path}[]")
    elif shape.type_name == "map" and isinstance(value, dict):
        for inner in value.values():
            yield from in_json(inner, shape.value, f"{path}{{}}")


def in_xml(element, shape, path):
    if shape.type_name == "structure":
        names = {}
        for name, member in shape.members.items():
            if member.serialization.get("location") in ("header", "headers", "statusCode"):
                continue
            spelled = member.serialization.get("name", name)
            if member.type_name == "list" and member.serialization.get("flattened"):
                names[member.member.serialization.get("name", spelled)] = member.member
                names.setdefault(spelled, member.member)
            else:
                names[spelled] = member
        for child in element:
            name = plain(child.tag)
            if name in names:
                yield from in_xml(child, names[name], f"{path}.{name}")
            elif (shape.name, name) not in OURS:
                yield f"{path}.{name}"
        yield from lacking(shape, {plain(child.tag) for child in element}, path)
    elif shape.type_name == "list":
        wanted = shape.member.serialization.get("name", "member")
        for child in element:
            if plain(child.tag) == wanted:
                yield from in_xml(child, shape.member, f"{path}[]")
            else:
                yield f"{path}.{plain(child.tag)}"


def lacking(shape, present, path):
    """The required members of the body that are not there."""
    for name in shape.required_members:
        member = shape.members[name]
        is_in_body = member.serialization.get("location") not in ("header", "headers", "statusCode") and not member.serialization.get("xmlAttribute")
        if is_in_body and member.serialization.get("name", name) not in present:
            yield f"{path} lacks {name}"


def plain(tag):
    return tag.rpartition("}")[2]
