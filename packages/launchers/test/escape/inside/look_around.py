# Reads everything that a process may know about others, and prints where it met what it was told to look for.
import json, os, sys

facts = json.loads(sys.argv[1])
# This program's own arguments hold what it looks for; they are no find.
own = {f"/proc/{pid}/{name}" for pid in (os.getpid(), "self", "thread-self", 1) for name in ("cmdline",)}
finds = {}

def read(path):
    try:
        with open(path, "rb") as file:
            return file.read(1 << 22)
    except OSError:
        return b""

def look(path, content):
    for text in facts["texts"]:
        if text.encode() in content:
            finds[f"{path}: {text}"] = "seen"

processes = [name for name in os.listdir("/proc") if name.isdigit()]
for pid in processes + ["self", "thread-self"]:
    for name in ("environ", "cmdline", "mountinfo", "mounts", "maps", "cgroup", "status", "stat"):
        path = f"/proc/{pid}/{name}"
        if path not in own:
            look(path, read(path))
    try:
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            link = os.readlink(f"/proc/{pid}/fd/{descriptor}")
            look(f"/proc/{pid}/fd/{descriptor}", link.encode())
    except OSError:
        pass
for name in os.listdir("/proc"):
    path = f"/proc/{name}"
    if not name.isdigit() and os.path.isfile(path) and name not in ("kmsg", "kcore", "kpagecount", "kpageflags", "kpagecgroup"):
        look(path, read(path))
for name, value in os.environ.items():
    look(f"variable {name}", f"{name}={value}".encode())

open_descriptors = []
for descriptor in range(3, 4096):
    try:
        os.fstat(descriptor)
        open_descriptors.append(descriptor)
    except OSError:
        pass
if open_descriptors:
    finds[f"descriptors {open_descriptors}"] = "open"
if read("/proc/1/environ"):
    finds["the environment of process 1"] = "seen"
for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/kernel/hostname", "/proc/1/oom_score_adj"):
    try:
        with open(path, "w") as file:
            file.write("-1000")
        finds[f"{path} takes writes"] = "written"
    except OSError:
        pass
for path in facts["paths"]:
    if os.path.lexists(path):
        finds[f"{path} exists"] = "seen"
print(json.dumps(finds))
