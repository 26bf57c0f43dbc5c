"""GET with httpx."""

import os

import httpx

answer = httpx.get("https://api.clients.test/json", headers={"Authorization": "Bearer " + os.environ["API_TOKEN"]})
print(answer.status_code, answer.text)
