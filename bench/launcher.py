"""Runs one command and writes down what it used: exit status, CPU seconds, peak memory in bytes.

Enters: a file for the report, and the command. Leaves: one line in that file. It measures nothing else.

It exists because Linux carries the peak memory of the process that calls exec over into the program it becomes: a
command started by a large process would report the large process. This one is kept as small as an interpreter gets (`-I
-S`, nothing but `os` and `sys`), so what it hands on is below any figure that is of interest.
"""

import os
import sys


def main() -> None:
    report, *command = sys.argv[1:]
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    with open(report, "w") as file:  # noqa: PTH123 - pathlib would make this process larger
        file.write(f"{os.waitstatus_to_exitcode(status)} {used.ru_utime + used.ru_stime} {used.ru_maxrss * 1024}\n")


main()
