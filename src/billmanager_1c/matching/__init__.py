"""Company, payer and payment method: pure functions that return the answer and the reason.

Each of the three is total: it returns a match or a refusal, never raises for values of its types, and gives the same
answer whatever the order in which the candidates come. The rules are those of design.md §5, and a match names the
rule that chose, the candidates that lost with the reasons, a sentence for people, and notes about what is odd.
"""

from ._answer import Lost, Refusal, facts_of
from ._binding import BindingSuggestion, suggest_subaccounts
from ._company import CompanyAnswer, CompanyMatch, CompanyRefusal, CompanyRule, match_company
from ._document import DocumentRefusal, Money, NotMoney, NotMoneyReason, digest_document, judge_document
from ._method import (
    METHOD_NAMES,
    MethodAnswer,
    MethodMatch,
    MethodNames,
    MethodRefusal,
    MethodRule,
    has_method_words,
    match_payment_method,
)
from ._payer import PayerAnswer, PayerFallback, PayerMatch, PayerRefusal, PayerRule, resolve_payer
from ._payer_index import PayerIndex

__all__ = [
    "METHOD_NAMES",
    "BindingSuggestion",
    "CompanyAnswer",
    "CompanyMatch",
    "CompanyRefusal",
    "CompanyRule",
    "DocumentRefusal",
    "Lost",
    "MethodAnswer",
    "MethodMatch",
    "MethodNames",
    "MethodRefusal",
    "MethodRule",
    "Money",
    "NotMoney",
    "NotMoneyReason",
    "PayerAnswer",
    "PayerFallback",
    "PayerIndex",
    "PayerMatch",
    "PayerRefusal",
    "PayerRule",
    "Refusal",
    "digest_document",
    "facts_of",
    "has_method_words",
    "judge_document",
    "match_company",
    "match_payment_method",
    "resolve_payer",
    "suggest_subaccounts",
]
