"""Replies of the library brought into our form: each with its enhanced status code.

RFC 2034 asks for one in every reply of 2yz, 4yz and 5yz but the greeting and the answer to
EHLO, and the library gives it in some.
"""

import re

_WANTS_NONE = re.compile(r"[245]\d\d[ -][245]\.\d{1,3}\.\d{1,3} |3\d\d|220 (?!Ready)")

#   code   RFC 3463: what it means where the library says no more
_STATUS = {
    "214": "2.0.0",
    "220": "2.0.0",
    "221": "2.0.0",
    "250": "2.0.0",
    "252": "2.0.0",
    "454": "4.7.0",
    "500": "5.5.2",
    "501": "5.5.4",
    "502": "5.5.1",
    "503": "5.5.1",
    "504": "5.5.4",
    "530": "5.7.0",
    "553": "5.1.3",
    "554": "5.7.0",
    "555": "5.5.4",
}


def with_status(reply: str) -> str:
    """The reply with an enhanced status code.

    >>> with_status("250 OK"), with_status('500 Error: command "X" not recognized')
    ('250 2.0.0 OK', '500 5.5.1 Error: command "X" not recognized')
    >>> with_status("550 5.1.1 No such support address"), with_status("220 mx.example ESMTP")
    ('550 5.1.1 No such support address', '220 mx.example ESMTP')
    """
    if _WANTS_NONE.match(reply) or not reply[:3].isdigit():
        return reply
    code, text = reply[:3], reply[4:]
    status = _STATUS.get(code, f"{code[0]}.0.0")
    if code == "500" and text.endswith("not recognized"):
        status = "5.5.1"
    return f"{code} {status} {text}"
