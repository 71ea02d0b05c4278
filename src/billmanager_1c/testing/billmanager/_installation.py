"""What differs between installations, and what nobody outside knows for sure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from ...models import PaymentStatus


@attrs.frozen(kw_only=True)
class Installation:
    """How this BILLmanager behaves where billmanager-api.md §9 has a doubt. The defaults are its best guesses."""

    #: the list of лицевые счета for employees
    subaccount_function: str = "subaccount"
    #: the function that creates a payment
    create_function: str = "payment.add.pay"
    #: what the creating function must be told by ``clicked_button`` to save; empty: nothing
    create_button: str = ""
    #: by function, stock name to the name here, of fields, columns, filters and parameters; empty: there is none here.
    #: Names that have a field of their own below are not looked for
    names: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict)
    #: ``out=devel`` describes forms and lists, is refused, or gives the data alone
    devel: Literal["served", "refused", "plain"] = "served"
    #: the payment form takes a status
    form_sets_status: bool = True
    #: what lists say of what is not active
    inactive_word: str = "off"
    #: fields of payers and companies, configurable in a real installation
    inn_field: str = "vatnum"
    #: where it has another name in companies
    company_inn_field: str = ""
    kpp_field: str = "kpp"
    accounting_code_field: str = "id1c"
    #: crediting writes the time of the credit over the payment date
    resets_paydate: bool = False
    #: the payment form shows the subaccount and the random number
    form_shows_subaccount: bool = False
    #: the payment form shows and takes ``externalid``
    form_has_externalid: bool = False
    #: the list of payers names the client by id, besides its name
    payers_show_account_id: bool = False
    #: rows have further columns that nobody asked for, in an order of their own
    extra_columns: bool = True
    #: status of a payment fresh from the creating function
    new_status: int = PaymentStatus.NEW
    #: type of the error for a session that is over
    dead_session: Literal["access", "auth"] = "access"
    #: type of the error where a credited payment is to be deleted
    delete_refusal: Literal["value", "access"] = "value"
    #: type of the error where money that is spent is to be taken back
    spent_refusal: Literal["value", "access"] = "value"
    #: type of the error for a function that does not exist
    unknown_function: Literal["access", "missed"] = "access"
    #: seconds that a session lives after its last call
    session_lifetime: float = 3600
    #: rows of a page where ``p_cnt`` is not given
    page_size: int = 1000
    #: no list has more rows
    row_cap: int = 5000
    #: of the product
    version: str = "6.94.1-2024.04.12_09:25"
    #: of the core
    core_version: str = "5.389.1-2024.04.12_08:22"
