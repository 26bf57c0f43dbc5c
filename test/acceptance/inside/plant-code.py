"""Tries to put code where the host would later run it. Prints the names of those that it got in as JSON."""

import json
import os
import shutil
import sys

paths = json.loads(sys.argv[1])
code = "#!/bin/sh\ntouch /tmp/owned\n"
planted = []


def attempt(way, path, act):
    try:
        act()
    except OSError:
        return
    planted.append(f"{way} {path}")


def write(path, mode):
    with open(path, mode) as file:
        file.write(code)


def make(path):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    write(path, "x")


def replace(path):
    write("moved-in", "w")
    try:
        os.rename("moved-in", path)
    except OSError:
        os.unlink("moved-in")
        raise


def swap_parent(path):
    """Moves the folder of a protected file away and puts one of its own in its place."""
    parent = os.path.dirname(path)
    if parent == "":
        raise OSError
    os.rename(parent, parent + ".away")
    os.mkdir(parent)
    write(path, "w")


for path in paths:
    attempt("append to", path, lambda: write(path, "a"))
    attempt("create", path, lambda: make(path))
    attempt("delete", path, lambda: shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path))
    attempt("replace", path, lambda: replace(path))
    attempt("link over", path, lambda: os.symlink("/tmp/elsewhere", path))
    attempt("hard link", path, lambda: os.link("README.md", path))
    attempt("chmod", path, lambda: os.chmod(path, 0o777))
    attempt("swap the folder of", path, lambda: swap_parent(path))

print(json.dumps(planted))
