"""What the Python scripts share: where the server is, and checks that print a line each and end at a difference."""

import os
import sys

URL = os.environ["HELPDESK"]
LOGIN = os.environ["LOGIN"]
PASSWORD = os.environ["PASSWORD"]


def same(what, got, wanted):
    """`got` must be `wanted`."""
    if got != wanted:
        sys.exit(f"DIFFERENT  {what}\n  got    {got!r}\n  wanted {wanted!r}")
    print(f"ok  {what}")


def number(what, reply):
    """A status and a text: 200 and bare digits; the number."""
    status, text = reply
    if status != 200 or not text.isdigit():
        sys.exit(f"DIFFERENT  {what}\n  got    {reply!r}\n  wanted 200 and a bare number")
    print(f"ok  {what}: {text}")
    return int(text)
