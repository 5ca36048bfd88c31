"""The life of a ticket, sent in whatever way a script brings along: the same calls must have the same effects."""

import json

from check import number, same

FILE_NAME = "Bericht ü.txt"
CONTENT = b"hello\x00\xff\r\n--x\r\n"
SUBJECT = "Grüße & 100% = \"ok\"? {}"
BODY = "line one\nline two + a=b&c {}"


def live(way, call, read, files=False):
    """`call(method, parameters, file)` sends and gives status and text; `read(method, parameters)` gives JSON.

    Numbers are numbers, arrays are lists: the way decides what becomes of them.
    """
    # No word begins like another: searches find beginnings.
    word = "w" + "".join(letter for letter in way if letter.isalnum()) + "zz"
    file = (FILE_NAME, CONTENT) if files else None
    new = {"categoryId": 1, "subject": SUBJECT.format(word), "body": BODY.format(word), "priorityId": 1, "tags": "red,blue"}
    ticket = number(f"{way}: ticket", call("ticket", new, file))
    update = {"id": ticket, "priority": 2, "statusId": 2, "dueDate": "2030-01-31"}
    same(f"{way}: UpdateTicket", call("UpdateTicket", update, None), (200, ""))
    reply = {"id": ticket, "body": BODY.format("reply"), "forTechsOnly": True}
    number(f"{way}: comment", call("comment", reply, file))

    status, text = call("Tickets", {"mode": "all", "categoryId": [1, 2], "statusId": [2, 3], "count": 300}, None)
    same(f"{way}: Tickets", (status, ticket in [item["IssueID"] for item in json.loads(text)]), (200, True))
    status, text = call("Tickets", {"statusId": [1, 3], "count": 300}, None)
    same(f"{way}: Tickets of other statuses", (status, ticket in [item["IssueID"] for item in json.loads(text)]), (200, False))
    status, text = call("Search", {"query": word, "statusId": [2]}, None)
    same(f"{way}: Search", (status, [item["IssueID"] for item in json.loads(text)]), (200, [ticket]))
    status, text = call("UserByEmail", {"email": "alice@desk.test"}, None)
    same(f"{way}: UserByEmail", (status, json.loads(text)["Username"]), (200, "alice"))

    seen = read("ticket", {"id": ticket})
    facts = [seen[key] for key in ("Subject", "Priority", "StatusID", "DueDate")]
    same(f"{way}: what became of it", facts, [new["subject"], 2, 2, "2030-01-31T00:00:00Z"])
    same(f"{way}: its tags", sorted(tag["Name"] for tag in seen["Tags"]), ["blue", "red"])
    body = "<!--html-->" + BODY.format(word).replace("\n", "<br>")
    same(f"{way}: its body", seen["Body"], body)
    names = [attachment["FileName"] for attachment in read("Attachments", {"id": ticket})]
    same(f"{way}: its files", names, [FILE_NAME, FILE_NAME] if files else [])
    comments = [item for item in read("Comments", {"id": ticket}) if not item["IsSystem"]]
    same(f"{way}: its comments", [item["ForTechsOnly"] for item in comments], [True])
    return ticket


def text(value):
    """A value as forms and queries carry it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def pairs(parameters):
    """Parameters as name and text, arrays as repeated names."""
    for name, value in parameters.items():
        for item in value if isinstance(value, list) else [value]:
            yield name, text(item)
