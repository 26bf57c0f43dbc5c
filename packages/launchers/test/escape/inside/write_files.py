# Tries to change files that belong to the host or to the sandbox's fence, and prints what came of each attempt.
import json, os, sys

facts = json.loads(sys.argv[1])
outcomes = {}

def attempt(label, act):
    try:
        act()
        outcomes[label] = "done"
    except OSError as error:
        outcomes[label] = f"refused: {error.strerror}"

def append(path):
    with open(path, "ab") as file:
        file.write(b"x")

for path in facts["files"]:
    attempt(f"append to {path}", lambda: append(path))
    attempt(f"remove {path}", lambda: os.unlink(path))
    attempt(f"replace {path}", lambda: (open("/tmp/other", "w").close(), os.rename("/tmp/other", path)))
    attempt(f"chmod {path}", lambda: os.chmod(path, 0o777))
for path in facts["folders"]:
    attempt(f"create in {path}", lambda: append(f"{path}/planted"))
    attempt(f"rename {path}", lambda: os.rename(path, path + ".away"))
for path in facts["absent"]:
    attempt(f"create {path}", lambda: append(path))
    attempt(f"create folder {path}", lambda: os.makedirs(path + "/x"))
print(json.dumps(outcomes))
