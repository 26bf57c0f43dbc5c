"""Copies everything that can be read in here to standard output: processes first, then files."""

import glob
import os
import sys

skipped = {"/proc", "/sys", "/usr", *sys.argv[1:]}
longest = 4 * 1024 * 1024
out = sys.stdout.buffer


def copy(path):
    try:
        with open(path, "rb") as file:
            content = file.read(longest)
    except OSError:
        return
    out.write(b"\n== " + os.fsencode(path) + b"\n" + content)


for pattern in ("environ", "cmdline", "mountinfo", "maps", "limits", "status"):
    for path in glob.glob("/proc/[0-9]*/" + pattern):
        copy(path)

for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(folder, name) not in skipped]
    for name in files:
        path = os.path.join(folder, name)
        if os.path.isfile(path) and not os.path.islink(path):
            copy(path)
