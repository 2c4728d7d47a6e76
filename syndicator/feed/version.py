"""The version of our reading. A feed that another version has read is asked for its whole document once more.

It stands alone, so that a Pass without news can compare it and import no parser. Raise it whenever the same bytes would
give other posts than before.
"""

READER = "2"
