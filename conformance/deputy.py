"""A client without manners: requests as bytes, signed for one thing and sent as another."""

import datetime
import hashlib
import hmac
import posixpath
import re
import socket
from urllib.parse import quote, unquote_to_bytes

from conftest import REGION

EMPTY = hashlib.sha256(b"").hexdigest()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def canonical_query(query):
    pairs = [pair if "=" in pair else f"{pair}=" for pair in query.split("&") if pair]
    return "&".join(sorted(pairs))


class Signer:
    """Signature Version 4, over exactly what it is given."""

    def __init__(self, host, keys, service="s3"):
        self.host, (self.access, self.secret, self.token), self.service = host, keys, service

    def _signature(self, moment, canonical):
        scope = f"{moment[:8]}/{REGION}/{self.service}/aws4_request"
        key = f"AWS4{self.secret}".encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(canonical.encode('utf-8', 'surrogateescape'))}"
        return scope, hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def headers(self, method, path, query="", more=(), payload=EMPTY, host=None):
        """The headers of a signed request; `more` are signed too, in the order given."""
        moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        headers = [("host", self.host if host is None else host), ("x-amz-date", moment), ("x-amz-content-sha256", payload), *more]
        if self.token:
            headers.insert(3, ("x-amz-security-token", self.token))
        values = {}
        for name, value in headers:
            values.setdefault(name.lower(), []).append(re.sub(" +", " ", value.strip()))
        names = ";".join(sorted(values))
        lines = "".join(f"{name}:{','.join(values[name])}\n" for name in sorted(values))
        canonical = f"{method}\n{path}\n{canonical_query(query)}\n{lines}\n{names}\n{payload}"
        scope, signature = self._signature(moment, canonical)
        authorization = f"AWS4-HMAC-SHA256 Credential={self.access}/{scope}, SignedHeaders={names}, Signature={signature}"
        return [*headers, ("authorization", authorization)]

    def presigned(self, method, path, query="", signed="host", expires=300):
        """The query of a presigned URL; headers other than the host are signed as the query's own."""
        moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{moment[:8]}/{REGION}/{self.service}/aws4_request"
        own = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{self.access}/{scope}", "X-Amz-Date": moment,
            "X-Amz-Expires": str(expires), "X-Amz-SignedHeaders": signed, "X-Amz-Security-Token": self.token,
        }
        whole = "&".join([query] * bool(query) + [f"{name}={quote(value, safe='')}" for name, value in own.items()])
        canonical = f"{method}\n{path}\n{canonical_query(whole)}\nhost:{self.host}\n\nhost\nUNSIGNED-PAYLOAD"
        return f"{whole}&X-Amz-Signature={self._signature(moment, canonical)[1]}"


def spellings(path):
    """What a server might take a path for when it verifies: as it came, decoded and encoded again, without dot segments."""
    decoded = unquote_to_bytes(path)
    again = quote(decoded, safe="/-_.~")
    collapsed = quote(posixpath.normpath(decoded.decode("utf-8", "replace")), safe="/-_.~")
    return list(dict.fromkeys([path, again, collapsed]))


def request(method, target, headers, body=b"", version="HTTP/1.1", length=True):
    lines = [f"{method} {target} {version}"] + [f"{name}: {value}" for name, value in headers]
    if length and (body or method in ("PUT", "POST")):
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body


def send(host, data, linger=0):
    """What comes back: one answer, or with `linger` all that comes within so many seconds after it."""
    name, port = host.split(":")
    is_head = data.startswith(b"HEAD ")
    with socket.create_connection((name, int(port)), timeout=10) as connection:
        connection.sendall(data)
        received = b""
        while True:
            try:
                piece = connection.recv(65536)
            except (TimeoutError, ConnectionError):
                break
            if not piece:
                break
            received += piece
            if is_whole(received, is_head):
                if not linger:
                    break
                connection.settimeout(linger)
    return received


def is_whole(received, is_head):
    received = re.sub(rb"^HTTP/1\.1 100[^\n]*\r\n\r\n", b"", received)
    head, separator, rest = received.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.I)
    if not separator or is_head:
        return bool(separator) and is_head
    return len(rest) >= int(length.group(1)) if length else b"transfer-encoding" not in head.lower() or rest.endswith(b"0\r\n\r\n")


def status(received):
    found = re.match(rb"HTTP/1\.1 (\d+)", received)
    return int(found.group(1)) if found else 0
