"""Why a call goes where it goes: each reason with the words in which an agent or supervisor reads it (H2.1d)."""

from enum import Enum

from ivr.domain.caller import Language


class RouteReason(Enum):
    """A reason of a route. Its value stands in journals and events and is never renamed."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    ELEVATED = "elevated"
    VULNERABLE = "vulnerable"
    VERIFIED = "verified"
    WAITED = "waited"
    SAME_AGENT = "same_agent"
    SAME_AGENT_AWAY = "same_agent_away"
    SECOND_LINE = "second_line"
    SPECIALIST = "specialist"
    LANGUAGE = "language"
    SERVICE = "service"
    OVERFLOW = "overflow"
    SENIORS_AT_ONCE = "seniors_at_once"
    SENIORS_LATER = "seniors_later"
    CLOSED_NOW = "closed_now"
    CLOSED_HOLIDAY = "closed_holiday"

    def words(self, language: Language) -> str:
        """As it is read."""
        return _WORDS[self][language is Language.EN]


_WORDS = {
    RouteReason.EMERGENCY: ("紧急来电，先接值班负责人", "an emergency: the officers on duty first"),
    RouteReason.URGENT: ("事情紧急，优先接听", "urgent: served before ordinary calls"),
    RouteReason.ELEVATED: ("需要优先处理", "served somewhat earlier"),
    RouteReason.VULNERABLE: (
        "老年或需要关怀的客户，同级优先",
        "an elderly customer, or one who needs care: first among equals",
    ),
    RouteReason.VERIFIED: ("身份已核实，同级稍优先", "already verified: slightly first among equals"),
    RouteReason.WAITED: ("已经等待，优先级随等待上升", "has waited, and rises with it"),
    RouteReason.SAME_AGENT: ("先接上次为其服务的坐席", "the agent who helped last is tried first"),
    RouteReason.SAME_AGENT_AWAY: ("上次为其服务的坐席现不空闲", "the agent who helped last is not free now"),
    RouteReason.SECOND_LINE: ("多次来电未解决，由资深坐席处理", "called several times: a senior handles it"),
    RouteReason.SPECIALIST: ("由该类业务的专席接听", "specialists of this matter answer"),
    RouteReason.LANGUAGE: ("由会该语言的坐席接听", "agents who speak the language answer"),
    RouteReason.SERVICE: ("由服务部全体坐席接听", "everyone of the service answers"),
    RouteReason.OVERFLOW: ("前一队列无人接听，转至下一队列", "nobody answered before: the next queue takes over"),
    RouteReason.SENIORS_AT_ONCE: ("资深坐席可立即接听", "seniors may answer at once"),
    RouteReason.SENIORS_LATER: ("等待一段时间后资深坐席加入", "seniors join after a while"),
    RouteReason.CLOSED_NOW: ("该队列现不在服务时间", "this queue is closed at this hour"),
    RouteReason.CLOSED_HOLIDAY: ("该队列非工作日不服务", "this queue is closed today: no working day"),
}
