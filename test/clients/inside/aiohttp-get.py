"""GET with aiohttp, which reads the environment when it is told to."""

import asyncio
import os

import aiohttp


async def main():
    headers = {"Authorization": "Bearer " + os.environ["API_TOKEN"]}
    async with aiohttp.ClientSession(trust_env=True, headers=headers) as session:
        async with session.get("https://api.clients.test/json") as answer:
            print(answer.status, await answer.text())


asyncio.run(main())
