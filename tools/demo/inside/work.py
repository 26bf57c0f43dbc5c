"""What an agent does all day. Prints one line of JSON for each step."""

import json
import os
import subprocess
import sys
import urllib.request

node, sdk_script, modules = sys.argv[1:4]


def report(step, **seen):
    print(json.dumps({"step": step, **seen}), flush=True)


def run(step, *command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=40, cwd="/tmp")
    report(step, exit=done.returncode, output=(done.stdout + done.stderr)[-2000:])


variables = ("DEMO_TOKEN", "GIT_TOKEN", "OPENAI_API_KEY", "STRIPE_SECRET_KEY")
report("environment", variables={name: os.environ.get(name, "") for name in variables})

bearer = "Authorization: Bearer " + os.environ["DEMO_TOKEN"]
run("curl", "curl", "-sS", "--max-time", "20", "-H", bearer, "https://api.demo.test/json")

try:
    request = urllib.request.Request("https://api.demo.test/json")
    request.add_header("Authorization", "Bearer " + os.environ["DEMO_TOKEN"])
    with urllib.request.urlopen(request, timeout=20) as response:
        report("python", exit=0, output=response.read().decode())
except Exception as error:
    report("python", exit=1, output=repr(error))

run("node", node, sdk_script, modules)

address = "https://agent:" + os.environ["GIT_TOKEN"] + "@git.demo.test/team/project.git"
run("git clone", "git", "clone", "--quiet", address, "/tmp/project")
author = ("-c", "user.name=Agent", "-c", "user.email=agent@demo.test")
run("git commit", "git", "-C", "/tmp/project", *author, "commit", "--quiet", "--allow-empty", "-m", "Written in the sandbox")
run("git push", "git", "-C", "/tmp/project", "push", "--quiet", "origin", "HEAD:main")
