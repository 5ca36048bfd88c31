"""Requests byte for byte as libraries write them that are not installed here: .NET, Java, PHP, Delphi, old tools.

Their bytes go through a plain socket, so that no library of ours makes them nicer.
"""

import base64
import json
import socket
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from check import LOGIN, PASSWORD, URL, number, same
from life import live, pairs

HOST, PORT = urlsplit(URL).hostname, urlsplit(URL).port
BASIC = "Authorization: Basic " + base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()


class Answer:
    """An answer from a buffered stream."""

    def __init__(self, stream, bodiless=False):
        self.line = stream.readline().decode().rstrip("\r\n")
        self.status = int(self.line.split(" ")[1])
        self.headers = {}
        while (line := stream.readline().decode().rstrip("\r\n")) != "":
            name, value = line.split(":", 1)
            self.headers[name.lower()] = value.strip()
        length = self.headers.get("content-length")
        if bodiless or self.status == 100:
            self.body = b""
        elif length is not None:
            self.body = stream.read(int(length))
        elif self.headers.get("transfer-encoding") == "chunked":
            self.body = b""
            while size := int(stream.readline(), 16):
                self.body += stream.read(size)
                stream.readline()
            stream.readline()
        else:
            self.body = stream.read()
        self.text = self.body.decode()


class Connection:
    """A connection that is kept."""

    def __init__(self):
        self.socket = socket.create_connection((HOST, PORT), timeout=20)
        self.stream = self.socket.makefile("rb")

    def send(self, *pieces):
        for piece in pieces:
            self.socket.sendall(piece if isinstance(piece, bytes) else piece.encode())

    def answer(self, bodiless=False):
        return Answer(self.stream, bodiless)

    def is_closed(self):
        return self.stream.read(1) == b""


def once(*pieces):
    """The answer on a connection of its own."""
    connection = Connection()
    connection.send(*pieces)
    return connection.answer()


def read(method, parameters):
    answer = once(f"GET /api/{method}?{urlencode(parameters)} HTTP/1.1\r\nHost: {HOST}\r\n{BASIC}\r\n\r\n")
    same(f"GET {method}", answer.status, 200)
    return json.loads(answer.text)


kept = Connection()


def status_and_text(answer):
    return answer.status, answer.text


def post(path, head, body):
    """A POST on the kept connection."""
    kept.send(f"POST {path} HTTP/1.1\r\nHost: {HOST}:{PORT}\r\n{BASIC}\r\n{head}\r\nContent-Length: {len(body)}\r\n\r\n", body)
    return status_and_text(kept.answer())


def dot_net(method, parameters, file):
    """HttpClient with MultipartFormDataContent: the boundary quoted, names not, a type on each part."""
    boundary = "5c3b2f1e-0d4a-4c57-9f0e-2c9a3b7d8e10"
    parts = [
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name={name}\r\n\r\n{value}".encode()
        for name, value in pairs(parameters)
    ]
    if file:
        encoded = base64.b64encode(file[0].encode()).decode()
        named = f'filename="=?utf-8?B?{encoded}?="; filename*=utf-8\'\'{quote(file[0])}'
        parts.append(f"Content-Disposition: form-data; name=uploadFile; {named}\r\n\r\n".encode() + file[1])
    separator = f"\r\n--{boundary}\r\n".encode()
    body = f"--{boundary}\r\n".encode() + separator.join(parts) + f"\r\n--{boundary}--\r\n".encode()
    return post(f"/helpdesk/api/{method}", f'Content-Type: multipart/form-data; boundary="{boundary}"', body)


def dot_net_framework(method, parameters, file):
    """HttpWebRequest: asks before it sends the body, and sends head and body in pieces."""
    connection = Connection()
    boundary = "---------------------------8d9a3b7d8e10f00"
    body = b""
    for name, value in pairs(parameters):
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    if file:
        header = f'Content-Disposition: form-data; name="file"; filename="{file[0]}"\r\nContent-Type: application/octet-stream'
        body += f"--{boundary}\r\n{header}\r\n\r\n".encode() + file[1] + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    connection.send(
        f"POST /api/{method} HTTP/1.1\r\n{BASIC}\r\nContent-Type: multipart/form-data; boundary={boundary}\r\n",
        f"Host: {HOST}:{PORT}\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: Keep-Alive\r\n\r\n",
    )
    same("the server asks for the body", connection.answer().status, 100)
    connection.send(body[:20], body[20:])
    return status_and_text(connection.answer())


def web_client(method, parameters, _):
    """WebClient.UploadValues with nothing: everything in the query, a POST without type and body."""
    kept.send(f"POST /api/{method}?{urlencode(list(pairs(parameters)))} HTTP/1.1\r\nHost: {HOST}\r\n{BASIC}\r\nContent-Length: 0\r\n\r\n")
    return status_and_text(kept.answer())


def java(method, parameters, file):
    """Apache HttpClient with MultipartEntityBuilder: a transfer encoding on each part, the body chunked."""
    boundary = "vWxYz0123456789-_AbCd"
    body = b""
    for name, value in pairs(parameters):
        headers = f'Content-Disposition: form-data; name="{name}"\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit'
        body += f"--{boundary}\r\n{headers}\r\n\r\n{value}\r\n".encode()
    if file:
        headers = f'Content-Disposition: form-data; name="{file[0]}"; filename="{file[0]}"\r\nContent-Type: application/octet-stream'
        body += f"--{boundary}\r\n{headers}\r\nContent-Transfer-Encoding: binary\r\n\r\n".encode() + file[1] + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    head = f"Content-Type: multipart/form-data; boundary={boundary}; charset=UTF-8\r\nTransfer-Encoding: chunked"
    kept.send(f"POST /api/{method} HTTP/1.1\r\n{head}\r\nHost: {HOST}:{PORT}\r\nConnection: Keep-Alive\r\n{BASIC}\r\n\r\n")
    for at in range(0, len(body), 50):
        piece = body[at : at + 50]
        kept.send(f"{len(piece):X}\r\n".encode() + piece + b"\r\n")
    kept.send("0\r\n\r\n")
    return status_and_text(kept.answer())


def php(method, parameters, _):
    """file_get_contents with a stream context: HTTP/1.0, and the connection is over."""
    names = [(f"{name}[]" if isinstance(parameters[name], list) else name, value) for name, value in pairs(parameters)]
    body = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in names)
    connection = Connection()
    connection.send(
        f"POST /helpdesk/api/{method}/ HTTP/1.0\r\nHost: {HOST}\r\nConnection: close\r\n{BASIC}\r\n"
        f"Content-type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    answer = connection.answer()
    same("the connection is closed", connection.is_closed(), True)
    return status_and_text(answer)


def script(method, parameters, _):
    """VBScript and PowerShell: JSON with a byte order mark, names in capitals, a type in capitals."""
    body = b"\xef\xbb\xbf" + json.dumps({name.upper(): value for name, value in parameters.items()}).encode()
    return post(f"/API/{method.upper()}", "Content-Type: Application/JSON; Charset=UTF-8", body)


def untyped(method, parameters, _):
    """XMLHttpRequest of old: a form called text."""
    return post(f"/api/{method}", "Content-Type: text/plain;charset=UTF-8", urlencode(list(pairs(parameters))).encode())


for way, call, files in [
    ("dotnet", dot_net, True),
    ("dotnet framework", dot_net_framework, True),
    ("web client", web_client, False),
    ("java", java, True),
    ("php", php, False),
    ("script", script, False),
    ("untyped", untyped, False),
]:
    live(way, call, read, files)

GET = f"GET /api/Authorization HTTP/1.1\r\nHost: {HOST}\r\n{BASIC}\r\n\r\n"

# Several requests at once are answered in their order.
kept.send(GET + GET.replace("Authorization HTTP", "Priorities HTTP") + GET)
same("pipelined", [json.loads(kept.answer().text)["Username"], type(json.loads(kept.answer().text)), json.loads(kept.answer().text)["Username"]], [LOGIN, list, LOGIN])

# HTTP/1.0 may keep its connection when it says so.
keeping = Connection()
for _ in range(2):
    keeping.send(GET.replace("HTTP/1.1", "HTTP/1.0").replace("\r\n\r\n", "\r\nConnection: keep-alive\r\n\r\n"))
    same("HTTP/1.0 with keep-alive", keeping.answer().status, 200)

# A refusal leaves the connection usable.
kept.send(GET.replace(BASIC, "Authorization: Basic"))
refusal = kept.answer()
same("refused", (refusal.status, refusal.headers["www-authenticate"], bool(refusal.text)), (401, 'Basic realm="Ferrodesk"', True))
kept.send(GET)
same("and answered again", kept.answer().status, 200)

# Two blanks after Bearer, and the whole address in the request line, as through a proxy.
token = once(GET.replace("/api/Authorization", "/user/token")).text
same("two blanks", once(GET.replace(BASIC, f"Authorization: Bearer  {token}")).status, 200)
same("absolute form", once(GET.replace("/api/", f"{URL}/api/")).status, 200)

# HEAD has the head of GET and no body; GET may say that it has none.
kept.send(GET.replace("GET", "HEAD"))
head = kept.answer(bodiless=True)
kept.send(GET.replace("\r\n\r\n", "\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"))
whole = kept.answer()
same("HEAD", (head.status, head.headers.get("content-length")), (200, whole.headers["content-length"]))

# Nobody waits for a body that is refused beforehand.
asking = Connection()
asking.send(f"POST /api/AttachFile HTTP/1.1\r\nHost: {HOST}\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n")
same("a body of a stranger is not asked for", asking.answer().status, 401)
