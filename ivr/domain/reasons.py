"""Why a call is as urgent as it is: each reason with the words in which an agent reads it (H2.1d)."""

from enum import Enum

from ivr.domain.caller import Language


class Reason(Enum):
    """A reason for an urgency. Its value stands in journals and events and is never renamed."""

    TOLD_EMERGENCY = "told_emergency"
    FRAUD_NOW = "fraud_now"
    TAKEOVER_SUSPECTED = "takeover_suspected"
    LOSS_OR_FRAUD = "loss_or_fraud"
    FRAUD_MARKED = "fraud_marked"
    LARGE_TRANSFERS = "large_transfers"
    BLOCK_UNSURE = "block_unsure"
    COMPLAINT = "complaint"
    ACCOUNT_ANOMALY = "account_anomaly"
    CONTACT_CHANGED = "contact_changed"
    ACCOUNT_FROZEN = "account_frozen"
    CALLED_AGAIN = "called_again"
    VULNERABLE = "vulnerable"
    COMPANY = "company"
    WAITED_LONG = "waited_long"
    ESCALATED = "escalated"

    def words(self, language: Language) -> str:
        """As an agent reads it."""
        return _WORDS[self][language is Language.EN]


_WORDS = {
    Reason.TOLD_EMERGENCY: ("来电人两次表示情况紧急", "the caller said twice that it is an emergency"),
    Reason.FRAUD_NOW: ("来电人称正在遭遇诈骗", "the caller says a fraud is going on now"),
    Reason.TAKEOVER_SUSPECTED: (
        "联系方式刚变更且有新的大额转出，疑似账户被盗用",
        "contact data changed lately and large sums are leaving: the account may have been taken over",
    ),
    Reason.LOSS_OR_FRAUD: ("卡片丢失或遭遇诈骗", "a card is lost, or a fraud reported"),
    Reason.FRAUD_MARKED: ("银行已标记涉诈风险", "the bank has marked a suspicion of fraud"),
    Reason.LARGE_TRANSFERS: ("24小时内有大额转出", "large outgoing transfers within the last 24 hours"),
    Reason.BLOCK_UNSURE: (
        "自助挂失结果未确认，须立即核实",
        "a block was asked for by self-service and is not confirmed: check at once",
    ),
    Reason.COMPLAINT: ("投诉，须在十分钟内有人负责", "a complaint: a person owns it within ten minutes"),
    Reason.ACCOUNT_ANOMALY: ("账户出现异常", "an account behaves in a way its owner did not expect"),
    Reason.CONTACT_CHANGED: ("联系方式近期变更", "contact data changed lately"),
    Reason.ACCOUNT_FROZEN: ("账户处于冻结状态", "an account is frozen"),
    Reason.CALLED_AGAIN: ("近日多次来电", "called before in the last days"),
    Reason.VULNERABLE: ("老年或需要关怀的客户", "an elderly customer, or one who needs care"),
    Reason.COMPANY: ("对公客户", "a corporate customer"),
    Reason.WAITED_LONG: ("已等待较久", "has waited long"),
    Reason.ESCALATED: ("坐席已上报，由资深坐席处理", "an agent has escalated it to a senior"),
}
