"""What an error of the file system means to the owner.

Enters: an OSError from before a copy was shown. Leaves: a promise that nothing was published, as one sentence that says
what to do.
"""

import errno
import shlex
from datetime import timedelta
from pathlib import Path

from syndicator.connector import AuthRequired, ConnectorError, Retryable, Scope

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM}
_WAIT = timedelta(minutes=10)


def nothing_written(error: OSError, folder: Path) -> ConnectorError:
    """A disk that is full, slow or broken may mend by itself; what is missing or forbidden is its owner's business."""
    if error.errno == errno.ENOENT:
        make = f"mkdir -p {shlex.quote(str(folder))}"
        return AuthRequired(f"there is no folder {folder}; mount its disk, or type: {make}")
    if error.errno == errno.ENOTDIR:
        return AuthRequired(f"{folder} is no folder; name another as “folder”, or move away what is there")
    if error.errno in _FORBIDDEN:
        return AuthRequired(f"syndicator may not write into {folder}; give its user the right to")
    if error.errno == errno.EROFS:
        return AuthRequired(f"{folder} can only be read; mount it writable, or name it in systemd’s ReadWritePaths=")
    if error.errno in _FULL:
        return Retryable(f"there is no room left for {folder}; make some", after=_WAIT, scope=Scope.NETWORK)
    return Retryable(f"{folder} cannot be used now: {error.strerror}", after=_WAIT, scope=Scope.NETWORK)
