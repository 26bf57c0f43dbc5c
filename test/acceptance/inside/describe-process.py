"""Tells what a process in a sandbox was given, as JSON: variables, descriptors, namespaces, and who else it sees."""

import glob
import json
import os


def links(pattern):
    found = {}
    for path in glob.glob(pattern):
        try:
            found[path] = os.readlink(path)
        except OSError:
            pass
    return found


sockets = []
for folder, _, names in os.walk("/"):
    if not folder.startswith(("/proc", "/sys", "/usr")):
        sockets += [os.path.join(folder, name) for name in names if name.endswith(".sock") or "broker" in name]

print(json.dumps({
    "variables": dict(os.environ),
    "descriptors": links("/proc/[0-9]*/fd/*"),
    "namespaces": {name: os.readlink("/proc/self/ns/" + name) for name in ("pid", "net", "ipc", "user", "uts", "mnt")},
    "commands": [open(path, "rb").read().decode().replace("\0", " ") for path in glob.glob("/proc/[0-9]*/cmdline")],
    "sockets": sockets,
    "abstract": [line for line in open("/proc/net/unix").read().splitlines() if "@" in line],
}))
