"""What others implement: an adapter to 1C, a store, a clock. Docstrings are the contract."""
