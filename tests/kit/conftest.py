"""The example of docs/writing-a-connector.md can be imported by its own name, as if it were installed."""

import sys
from pathlib import Path

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.append(HERE)
