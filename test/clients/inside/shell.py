"""Runs the shell scripts that come in, one line of JSON each, and answers each with one line of JSON."""

import json
import subprocess
import sys

for line in sys.stdin:
    command = ("timeout", "--kill-after=2", "60", "/bin/sh", "-c", json.loads(line))
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, cwd="/tmp")
    # Latin-1 keeps every byte, so that nothing can hide from who reads the answer.
    answer = {"exit": done.returncode, "stdout": done.stdout.decode("latin-1"), "stderr": done.stderr.decode("latin-1")}
    print(json.dumps(answer), flush=True)
