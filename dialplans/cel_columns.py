"""The columns of `log/cel-custom/Master.csv`, for who writes them (`cel_custom.conf.j2`) and who reads them.

One CSV row an event (RFC 4180, every field quoted, no heading). A field may hold line ends: a caller chooses his own
number's text, and the first row is written before the dialplan cleans it. So read rows with a CSV reader, never by
lines. The last row may be cut short when Asterisk was killed.
"""

from types import MappingProxyType

EXPRESSIONS = MappingProxyType(
    {
        "eventtype": "${eventtype}",  # CHAN_START, ANSWER, …; of a user event its own name, e.g. HOTLINE_FALLBACK
        "eventtime": "${eventtime}",  # seconds since 1970 UTC with six decimals
        "cid_num": "${CALLERID(num)}",  # as the channel has it at that moment; personal, and unfiltered at first
        "exten": "${CHANNEL(exten)}",
        "context": "${CHANNEL(context)}",
        "channame": "${CHANNEL(channame)}",
        "uniqueid": "${CHANNEL(uniqueid)}",
        "linkedid": "${CHANNEL(linkedid)}",
        "appname": "${CHANNEL(appname)}",
        "appdata": "${CHANNEL(appdata)}",
        "peer": "${BRIDGEPEER}",  # the channels on the other side of a bridge
        "eventenum": "${eventenum}",  # as `eventtype`, but USER_DEFINED of a user event: no caller can forge it
        "extra": "${eventextra}",  # JSON: hangupcause and hangupsource of HANGUP, extra of a user event, …
    }
)
"""What Asterisk writes, by the column's name, in order."""

CEL_COLUMNS: tuple[str, ...] = tuple(EXPRESSIONS)
"""The names, in order."""

CEL_FILE = "cel-custom/Master.csv"
"""Below Asterisk's log folder."""
