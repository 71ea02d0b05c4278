"""The adapter of the tutorial before it was finished."""
