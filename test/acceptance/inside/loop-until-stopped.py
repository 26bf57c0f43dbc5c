"""Asks a service over and over, in turn with a new curl and on one connection, until the service says stop."""

import http.client
import os
import subprocess
import sys

host = sys.argv[1]
header = {"Authorization": "Bearer " + os.environ["KEY"]}
connection = http.client.HTTPSConnection(host, timeout=20)


def by_curl():
    command = ("curl", "-sS", "--max-time", "20", "-w", "\n%{http_code}", "-H", "Authorization: " + header["Authorization"])
    done = subprocess.run((*command, f"https://{host}/turn"), capture_output=True, text=True)
    body, _, status = done.stdout.rpartition("\n")
    return status, body + done.stderr


def by_connection():
    connection.request("GET", "/turn", headers=header)
    response = connection.getresponse()
    return str(response.status), response.read().decode()


for turn in range(2000):
    status, answer = (by_curl, by_connection)[turn % 2]()
    if status != "200":
        print(f"turn {turn}: {status} {answer}")
    if answer == "stop":
        print(f"{turn + 1} turns")
        break
