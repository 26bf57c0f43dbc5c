"""GET with the standard library: a bearer field, or a user and password after a challenge."""

import os
import sys
import urllib.request

address, scheme = sys.argv[1:3]
if scheme == "bearer":
    request = urllib.request.Request(address, headers={"Authorization": "Bearer " + os.environ["API_TOKEN"]})
    opener = urllib.request.build_opener()
else:
    request = urllib.request.Request(address)
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, address, "agent", os.environ["LOGIN_TOKEN"])
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
with opener.open(request, timeout=20) as response:
    print(response.status, response.read().decode())
