"""What the sample letters are made of: people, a ticket, and words both kind and hostile.

Every address in them that must never reach a requester is at `PRIVATE_DOMAIN`.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.config.settings import Mailbox
from gateway.message import Address
from gateway.threading.quote_marks import REPLY_MARKER
from gateway.tickets.model import Ticket
from gateway.tickets.priority import Priority
from gateway.tickets.status import Status

PRIVATE_DOMAIN = "private.example"

MARKER = REPLY_MARKER
AT = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
DUE_AT = AT + timedelta(hours=4)

ANN = Address("ann.meyer@customer.example", "Meyer, Ann")
NAMELESS = Address("warehouse.3@customer.example")
BEN = Address(f"ben.weber@{PRIVATE_DOMAIN}", "Ben Weber")
ZOE = Address(f"zoe@{PRIVATE_DOMAIN}")  # an agent without a name on file
CARL = Address(f"carl@{PRIVATE_DOMAIN}", "Carl Šimánek")
KIM = Address(f"kim.lee@{PRIVATE_DOMAIN}", "Lee, Kim")
TEAM = (BEN, ZOE, KIM)

MAILBOX = Mailbox(
    address="support@example.com",
    display_name="IT Support",
    queue="IT",
    time_zone="Europe/Berlin",
    signature="IT Support, Example Ltd\nWeekdays 8 to 18, phone 4711",
)

TICKET = Ticket(
    number=1042,
    tag="k3v5xw",
    mailbox=MAILBOX.address,
    queue="IT",
    subject="Printer on the third floor prints only every other page",
    requester=ANN,
    created_at=AT,
    updated_at=AT,
    status=Status.OPEN,
    priority=Priority.P2,
    category="Hardware",
)
TAKEN = replace(TICKET, assignee=BEN, watchers=(ZOE, CARL))

REQUEST = """Hello,

since this morning the printer on the third floor (beside the Küche)
prints only every other page. Room 3.14, asset number HP-0815.

  - switched off and on: no change
  - other paper tray: no change

The manual says https://printers.example/m479?page=12&lang=en (page 12)
might help, but I am not allowed to open the cover.

Viele Grüße
Ann"""

ANSWER = """Hello Ann,

thanks for the clear description. That is the roller of tray two; I have
one here and come by at three this afternoon.

Until then, the printer in 3.02 is yours: https://intranet.example/printers/3-02

Best regards
Ben"""

HOSTILE_SUBJECT = (
    "Re: AW: <script>alert('subject')</script> & \"quotes\" — Größenänderung der "
    "Außenstellenverbindungsübersicht für Łódź, Αθήνα und 東京, bitte bis Freitag erledigen, "
    "sonst steht die Auslieferung im ganzen Haus still"
)

HOSTILE = f"""<script>alert(1)</script> <img src=x onerror=alert(2)> </p></div></table>
{{{{ letter.mailbox }}}} {{% for x in y %}} {{# #}}
javascript:alert(3) data:text/html,x https://evil.example/"onmouseover="alert(4)
Subject: not a header
{MARKER}


{"Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 8}

مرحبا، الطابعة لا تعمل منذ الصباح. שלום
\ttabs\tand    columns
"""

FAULT = (
    'templates/confirmation.txt.j2:7: letter has no "nummer"; did you mean letter.ticket.number?'
)
