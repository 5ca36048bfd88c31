"""Python's requests: every way it has of sending parameters, and what clients do around that."""

import json
from urllib.parse import urlencode

import requests

from check import LOGIN, PASSWORD, URL, number, same
from life import live, pairs, text

session = requests.Session()
session.auth = (LOGIN, PASSWORD)


def address(method):
    return f"{URL}/api/{method}"


def read(method, parameters):
    reply = session.get(address(method), params=parameters)
    reply.raise_for_status()
    return reply.json()


def answer(reply):
    wanted = "application/json; charset=utf-8" if reply.text else None
    facts = (reply.history, reply.headers.get("Content-Type"))
    same(f"{reply.request.method} {reply.request.path_url[:40]} has no redirect and a type", facts, ([], wanted))
    return reply.status_code, reply.text


def form(parameters):
    return [(name, value) for name, value in pairs(parameters)]


def by_query(method, parameters, _):
    return answer(session.post(address(method), params=form(parameters)))


def by_form(method, parameters, _):
    return answer(session.post(address(method), data=form(parameters)))


def by_multipart(method, parameters, file):
    parts = [(name, (None, value)) for name, value in pairs(parameters)]
    if file:
        parts.append(("uploadFile", file))
    return answer(session.post(address(method), files=parts))


def by_form_and_files(method, parameters, file):
    files = {file[0]: file} if file else None
    return answer(session.post(address(method), data=form(parameters), files=files))


def by_query_and_file(method, parameters, file):
    files = {"file": (file[0], file[1], "application/octet-stream")} if file else None
    return answer(session.post(address(method), params=form(parameters), files=files))


def by_json(method, parameters, _):
    return answer(session.post(address(method), json=parameters))


def by_json_of_strings(method, parameters, _):
    strings = {name: [text(item) for item in value] if isinstance(value, list) else text(value) for name, value in parameters.items()}
    nothing = {"userId": None, "assignedUserId": None, "fromUserId": None, "dateTo": None}
    return answer(session.post(address(method), json={**nothing, **strings}))


def by_pascal_case(method, parameters, _):
    return answer(session.post(address(method), data=[(name[0].upper() + name[1:].replace("Id", "ID"), value) for name, value in pairs(parameters)]))


def by_chunks(method, parameters, _):
    body = urlencode(form(parameters)).encode()
    pieces = (body[at : at + 7] for at in range(0, len(body), 7))
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    reply = session.post(address(method), data=pieces, headers=headers)
    same("the body was chunked", reply.request.headers["Transfer-Encoding"], "chunked")
    return answer(reply)


def by_chunks_of_json(method, parameters, _):
    body = json.dumps(parameters).encode()
    return answer(session.post(address(method), data=iter([body[:10], body[10:]]), headers={"Content-Type": "application/json"}))


def by_bytes_without_type(method, parameters, _):
    reply = session.post(address(method), data=urlencode(form(parameters)).encode())
    same("there was no content type", "Content-Type" in reply.request.headers, False)
    return answer(reply)


def reading_by(**arguments):
    """GET for everything but the new ticket: GET of that name reads."""

    def call(method, parameters, _):
        if method == "ticket":
            return by_form(method, parameters, _)
        names = {"params": form(parameters), "data": form(parameters), "json": parameters}
        return answer(session.get(address(method), **{name: names[name] for name in arguments}))

    return call


def by_id_in_the_path(method, parameters, _):
    rest = dict(parameters)
    segment = f"/{rest.pop('id')}" if "id" in rest else ""
    return answer(session.post(address(method) + segment, data=form(rest)))


def by_id_in_the_query(method, parameters, _):
    rest = dict(parameters)
    query = {"id": rest.pop("id")} if "id" in rest else {}
    return answer(session.post(address(method), params=query, data=form(rest)))


for way, call, files in [
    ("everything in the query of an empty POST", by_query, False),
    ("form", by_form, False),
    ("multipart without file", by_multipart, False),
    ("multipart", by_multipart, True),
    ("data and files", by_form_and_files, True),
    ("query and file", by_query_and_file, True),
    ("JSON", by_json, False),
    ("JSON of strings and nulls", by_json_of_strings, False),
    ("names as in answers", by_pascal_case, False),
    ("chunked form", by_chunks, False),
    ("chunked JSON", by_chunks_of_json, False),
    ("bytes without type", by_bytes_without_type, False),
    ("GET", reading_by(params=True), False),
    ("GET with a form body", reading_by(data=True), False),
    ("GET with a JSON body", reading_by(json=True), False),
    ("id in the path", by_id_in_the_path, False),
    ("id in the query", by_id_in_the_query, False),
]:
    live(way, call, read, files)

# One connection carried all of that.
pools = session.get_adapter(URL).poolmanager.pools
same("connections used", [pools.get(key).num_connections for key in pools.keys()], [1])

ticket = live("for what follows", by_form, read)

for spelled in ["statusId[]=2&statusId[]=3", "statusId%5B%5D=2&statusId%5B%5D=3", "statusId=2&statusId=3", "statusId=2,3",
                "statusId=2%2C3", "statusId=[2,3]", "statusId[0]=2&statusId[1]=3", "StatusID=2&statusid=3"]:
    reply = session.get(address("Tickets") + "?count=300&" + spelled)
    same(f"Tickets?{spelled}", (reply.status_code, {item["StatusID"] for item in reply.json()}), (200, {2}))
for arrays in [[2, 3], ["2", "3"], "2,3", "[2,3]", [2, None]]:
    reply = session.post(address("Tickets"), json={"statusId": arrays, "categoryId": []})
    same(f"Tickets with {arrays!r}", (reply.status_code, {item["StatusID"] for item in reply.json()}), (200, {2}))

for fields in [{"1624": "from an object"}, json.dumps({"1624": "from a string"})]:
    made = session.post(address("ticket"), json={"categoryId": "1", "subject": "fields", "body": "x", "customFields": fields})
    number(f"ticket with customFields {fields!r}", (made.status_code, made.text))
    found = session.post(address("Tickets"), data={"includeCustomFields": "true", "count": 1, "offset": 0})
    values = [field["Value"] for item in found.json() if item["IssueID"] == int(made.text) for field in item["CustomFields"]]
    same("its field", values, [list(fields.values())[0] if isinstance(fields, dict) else "from a string"])
made = session.post(address("ticket"), data={"categoryId": 1, "subject": "fields", "body": "x", "customFields": '{"1624":"by form"}'})
number("ticket with customFields in a form", (made.status_code, made.text))

users = [read("UserByEmail", {"email": f"{name}@desk.test"})["UserID"] for name in ("alice", "bob")]
for user in users:
    same(f"AddSubscriber {user}", session.get(address("AddSubscriber"), params={"id": ticket, "userId": user}).text, "")
for recipients in [users, ",".join(map(str, users)), [str(user) for user in users]]:
    made = session.post(address("comment"), json={"id": ticket, "body": "to both", "recipientIds": recipients})
    number(f"comment to {recipients!r}", (made.status_code, made.text))
    newest = [item for item in read("comments", {"id": ticket}) if item["CommentID"] == int(made.text)]
    same("its recipients", ["alice" in newest[0]["Recipients"], "bob" in newest[0]["Recipients"]], [True, True])
made = session.post(address("comment"), data={"id": ticket, "body": "to both", "recipientIds": users})
number("comment to both by repeated names", (made.status_code, made.text))

for path in ["/api/Authorization", "/API/AUTHORIZATION", "/Api/authorization/", "//api//Authorization", "/helpdesk/api/Authorization",
             "/HelpDesk/Api/Authorization/", "//helpdesk//api//authorization//", "/api/Authorization?"]:
    for verb in ["GET", "POST"]:
        reply = session.request(verb, URL + path, allow_redirects=True)
        same(f"{verb} {path}", (reply.status_code, reply.history, reply.json()["Username"]), (200, [], LOGIN))

reply = session.get(address("Authorization"), headers={"Content-Type": "application/json"}, data="")
same("GET with an empty JSON body", reply.status_code, 200)
for body in ["null", "{}", "[]"]:
    reply = session.get(address("ticket"), params={"id": ticket}, headers={"Content-Type": "application/json"}, data=body)
    same(f"GET with the JSON body {body}", (reply.status_code, reply.json()["TicketID"]), (200, ticket))

token = session.get(f"{URL}/User/Token/").text
same("a token as JSON", list(session.get(f"{URL}/helpdesk/User/Token?json=true").json()), ["token"])
for header in [f"Bearer {token}", f"Bearer  {token}", f"bearer {token}", f"Bearer   {token} "]:
    reply = requests.get(address("Authorization"), headers={"Authorization": header.rstrip()})
    same(f"{header.split('e')[0]}…", (reply.status_code, reply.json()["Username"]), (200, LOGIN))
for login in [f"{LOGIN}@desk.test", f"DOMAIN\\{LOGIN}", LOGIN.upper(), f"domain\\{LOGIN}@desk.test"]:
    reply = requests.get(address("Authorization"), auth=(login, PASSWORD))
    same(f"login {login}", (reply.status_code, reply.json()["Username"]), (200, LOGIN))

reply = session.head(address("Tickets"))
same("HEAD", (reply.status_code, reply.text, reply.headers["Content-Type"]), (200, "", "application/json; charset=utf-8"))
reply = requests.options(address("ticket"), headers={"Origin": "http://portal.test", "Access-Control-Request-Method": "POST",
                                                     "Access-Control-Request-Headers": "authorization, content-type"})
allowed = {name.strip().lower() for name in reply.headers["Access-Control-Allow-Headers"].split(",")}
same("OPTIONS", (reply.status_code, reply.headers["Access-Control-Allow-Origin"], {"authorization", "content-type"} <= allowed), (200, "*", True))
reply = session.get(address("Tickets"), params={"count": 300})
same("a long list is packed", (reply.headers["Content-Encoding"], len(reply.json()) > 15), ("gzip", True))
reply = session.get(address("Tickets"), params={"count": 300}, headers={"Accept-Encoding": "identity"})
same("or not", ("Content-Encoding" in reply.headers, int(reply.headers["Content-Length"])), (False, len(reply.content)))

reply = requests.get(address("Tickets"))
same("without a login", (reply.status_code, reply.history, reply.headers["WWW-Authenticate"][:5], bool(reply.text)), (401, [], "Basic", True))
for method, parameters, status, named in [("ticket", {"id": 999999}, 404, "ticket"), ("ticket", {"id": "undefined"}, 400, "\"id\""),
                                          ("Tickets", {"statusId": "{page}"}, 400, "\"statusId\""), ("ticket", {}, 400, "\"id\"")]:
    reply = session.get(address(method), params=parameters)
    facts = (reply.status_code, named in reply.text, reply.headers["Content-Type"])
    same(f"{method} {parameters}", facts, (status, True, "text/plain; charset=utf-8"))
