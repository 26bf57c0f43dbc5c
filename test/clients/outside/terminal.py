"""Plays a person at a terminal. The first argument says in JSON what to run and what to do; prints what was seen as JSON.

{"command": [...], "cwd": "...", "env": {...}, "rows": 24, "columns": 80, "steps": [...]}
A step waits for a text ("expect") in what came after the step before, and then sends ("send"), resizes ("resize"), signals
the job that has the terminal ("signal") or hangs up ("hangup").
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

script = json.loads(sys.argv[1])
deadline = time.monotonic() + 30


def resize(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


pid, terminal = pty.fork()
if pid == 0:
    resize(0, script["rows"], script["columns"])
    os.chdir(script["cwd"])
    os.execve(script["command"][0], script["command"], script["env"])

seen = b""
position = 0
steps = list(script["steps"])
hung_up = False
while not hung_up:
    if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
        os.kill(pid, 9)
        break
    try:
        chunk = os.read(terminal, 65536)
    except OSError:
        break
    if not chunk:
        break
    seen += chunk
    while steps and not hung_up:
        found = seen.find(steps[0]["expect"].encode(), position)
        if found < 0:
            break
        step = steps.pop(0)
        position = found + len(step["expect"])
        if "send" in step:
            os.write(terminal, step["send"].encode())
        if "signal" in step:
            os.killpg(os.tcgetpgrp(terminal), step["signal"])
        if "resize" in step:
            resize(terminal, *step["resize"])
        hung_up = "hangup" in step

os.close(terminal)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(json.dumps({"code": code, "seen": seen.decode("utf-8", "replace"), "left": len(steps)}))
