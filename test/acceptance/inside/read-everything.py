"""Copies everything that can be read in a sandbox to standard output: processes, names, links and files."""

import glob
import os

longest = 4 * 1024 * 1024
out = os.fdopen(1, "wb", buffering=0)


def write(content):
    view = memoryview(content)
    while view:
        view = view[out.write(view):]


def copy(path):
    write(b"\n== " + os.fsencode(path) + b"\n")
    try:
        if os.path.islink(path):
            write(os.fsencode(os.readlink(path)) + b"\n")
        # A pipe or a terminal would wait for ever. The system's own programs hold nothing of this machine.
        if os.path.isfile(path) and not os.path.realpath(path).startswith("/usr/"):
            with open(path, "rb") as file:
                write(file.read(longest))
    except OSError:
        pass


for process in glob.glob("/proc/[0-9]*"):
    for name in ("environ", "cmdline", "mountinfo", "maps", "limits", "status", "cgroup"):
        copy(process + "/" + name)
    for descriptor in glob.glob(process + "/fd/*"):
        copy(descriptor)

for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(folder, name) not in ("/proc", "/sys", "/usr")]
    for name in folders:
        write(os.fsencode(os.path.join(folder, name)) + b"/\n")
    for name in files:
        copy(os.path.join(folder, name))
