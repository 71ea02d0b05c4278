"""The work, as generators that ask and never send. :mod:`.effects` has what they may ask for."""
