"""What keeps schemathesis from sawing off the branch it sits on."""

import itertools
import os

import schemathesis

COUNT = itertools.count()
# The user who calls: his calls must not take his own rights away.
SELF = os.environ["FERRODESK_SELF"]


def spared(values):
    """The same values, with somebody else in the place of the caller."""
    if isinstance(values, dict):
        return {name: spared(value) for name, value in values.items()}
    if isinstance(values, list):
        return [spared(value) for value in values]
    if isinstance(values, (int, str)) and str(values) == SELF:
        return type(values)(int(SELF) + 1)
    return values


@schemathesis.hook
def before_call(context, case, kwargs):
    # Wrong credentials are part of the test, and the lockout counts them by address.
    number = next(COUNT)
    case.headers["X-Forwarded-For"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    if case.path_parameters:
        case.path_parameters = spared(case.path_parameters)
    if case.query:
        case.query = spared(case.query)
    if isinstance(case.body, (dict, list)):
        case.body = spared(case.body)
