"""Tells what a process in a sandbox was given, as JSON: variables, descriptors, namespaces, and who else it sees."""

import glob
import json
import os
import stat


def links(pattern):
    found = {}
    for path in glob.glob(pattern):
        try:
            found[path] = os.readlink(path)
        except OSError:
            pass
    return found


def is_socket(path):
    try:
        return stat.S_ISSOCK(os.stat(path, follow_symlinks=False).st_mode)
    except OSError:
        return False


sockets = []
for folder, _, names in os.walk("/"):
    if not folder.startswith(("/proc", "/sys")):
        paths = [os.path.join(folder, name) for name in names]
        sockets += [path for path in paths if path.endswith(".sock") or is_socket(path)]

print(json.dumps({
    "variables": dict(os.environ),
    "descriptors": links("/proc/[0-9]*/fd/*"),
    "namespaces": {name: os.readlink("/proc/self/ns/" + name) for name in ("pid", "net", "ipc", "user", "uts", "mnt")},
    "commands": [open(path, "rb").read().decode().replace("\0", " ") for path in glob.glob("/proc/[0-9]*/cmdline")],
    "sockets": sockets,
    "abstract": [line for line in open("/proc/net/unix").read().splitlines() if "@" in line],
}))
