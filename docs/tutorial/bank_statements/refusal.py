"""The one error of this adapter."""

from billmanager_1c.errors import OneCFailed


class StatementRefused(OneCFailed):
    """A statement cannot be read whole, so nothing of it was taken.

    As every ``OneCFailed`` it may be repeated freely: the engine reports it, goes on with the payments of the other
    files, and reads this one again in the next run. A file that was half written when we looked needs nothing else.
    """
