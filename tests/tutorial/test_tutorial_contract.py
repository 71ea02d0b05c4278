"""The adapter of the tutorial keeps the contract of the port, and its earlier steps do not."""

from __future__ import annotations

from pathlib import Path

import pytest
from statement_folder import StatementFolder, change, finished
from steps import step_1, step_2
from what_the_suite_says import REWRITE, is_shown, summary

from billmanager_1c.models import DocumentKind, PaymentDocument
from billmanager_1c.testing import OneCAdapterContract

STEPS = Path(step_1.__file__).parent


# [begin: the author's test]
@pytest.mark.contract
class TestBankStatements(OneCAdapterContract):
    """A folder of statements keeps what every adapter promises."""

    kinds = (DocumentKind.INCOMING_PAYMENT_ORDER,)
    has_states = False
    make_adapter = staticmethod(finished)

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make_infobase(self) -> StatementFolder:
        """Return an empty folder."""
        return StatementFolder(self.folder, self.make_adapter)

    def change(self, document: PaymentDocument) -> PaymentDocument:
        """Return the payment as the bank may show it later."""
        return change(document)


# [end: the author's test]


class _First(TestBankStatements):
    __test__ = False
    make_adapter = staticmethod(step_1.make_adapter)


class _Second(TestBankStatements):
    __test__ = False
    make_adapter = staticmethod(step_2.make_adapter)


@pytest.mark.parametrize(("step", "suite"), [(1, _First), (2, _Second)])
def test_the_page_shows_what_the_suite_says(step: int, suite: type[TestBankStatements], tmp_path: Path) -> None:
    """The text beside each unfinished step is what the contract suite answers to it."""
    assert is_shown(STEPS / f"step_{step}.txt", summary(suite, tmp_path)), REWRITE
