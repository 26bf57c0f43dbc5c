"""One session of the requests library: two requests with a bearer field, one with a pair, one upload in chunks."""

import hashlib
import os

import requests

api = "https://api.clients.test"
with requests.Session() as session:
    session.headers["Authorization"] = "Bearer " + os.environ["API_TOKEN"]
    first = session.get(api + "/json", timeout=20)
    second = session.get(api + "/bytes/100000", timeout=20)
    first.raise_for_status()
    second.raise_for_status()
    content = os.urandom(300_000)
    parts = (content[start : start + 10_000] for start in range(0, len(content), 10_000))
    sent = session.post(api + "/upload", data=parts, timeout=20).json()

pair = ("agent", os.environ["LOGIN_TOKEN"])
login = requests.get("https://login.clients.test/json", auth=pair, timeout=20)
whole = sent == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
print(first.json(), len(second.content), whole, login.status_code)
