"""A platform that starts sandboxes: it issues a key for each, and revokes the key when the sandbox is over."""

import asyncio
import json
import os
import sys

import httpx

AGENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "agent.py")
API = os.environ["API_URL"]


class Sandbox:
    """A process with the environment that it is given, and nothing else."""

    @staticmethod
    async def create(env_vars, timeout):
        sandbox = Sandbox()
        sandbox.timeout = timeout
        sandbox.process = await asyncio.create_subprocess_exec(
            sys.executable, AGENT, env=env_vars, stdout=asyncio.subprocess.PIPE
        )
        return sandbox

    async def said(self):
        output, _ = await asyncio.wait_for(self.process.communicate(), self.timeout)
        return json.loads(output)

    async def kill(self):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


async def spawn_agent_sandbox(user_id, session_id, max_spend_usd=50, max_lifetime_minutes=30):
    resp = httpx.post(
        f"{API}/v1/keys",
        headers={"Authorization": f"Bearer {os.environ['PLATFORM_TOKEN']}"},
        json={
            "label": f"sandbox-{user_id}-{session_id}",
            "vendor": "stripe",
            "daily_usd_cap": max_spend_usd,
            "allowed_endpoints": ["/v1/payment_intents", "/v1/payment_intents/*"],
            "expires_in": f"{max_lifetime_minutes}m",
        },
        timeout=3.0,
    )
    resp.raise_for_status()
    vault_key = resp.json()
    sandbox_env = {
        "STRIPE_SECRET_KEY": vault_key["token"],
        "STRIPE_API_BASE": os.environ["PROXY_URL"] + "/stripe",
        "SESSION_ID": session_id,
    }
    sandbox = await Sandbox.create(env_vars=sandbox_env, timeout=max_lifetime_minutes * 60)
    return {"sandbox": sandbox, "vault_key_id": vault_key["id"], "env": sandbox_env}


async def teardown_agent_sandbox(sandbox, vault_key_id):
    try:
        await sandbox.kill()
    finally:
        httpx.delete(
            f"{API}/v1/keys/{vault_key_id}",
            headers={"Authorization": f"Bearer {os.environ['PLATFORM_TOKEN']}"},
            timeout=3.0,
        )


async def again(env):
    sandbox = await Sandbox.create(env_vars=env, timeout=60)
    return await sandbox.said()


def revoke_with(key, vault_key_id):
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.delete(f"{API}/v1/keys/{vault_key_id}", headers=headers, timeout=3.0).status_code


async def main():
    torn_down = await spawn_agent_sandbox("user-7", "session-1")
    used = await torn_down["sandbox"].said()
    await teardown_agent_sandbox(torn_down["sandbox"], torn_down["vault_key_id"])
    revoked = await again(torn_down["env"])

    own, other = [await spawn_agent_sandbox("user-7", session) for session in ("session-2", "session-3")]
    for each in (own, other):
        await each["sandbox"].said()
    own_key = own["env"]["STRIPE_SECRET_KEY"]
    statuses = [revoke_with(own_key, id) for id in (other["vault_key_id"], own["vault_key_id"])]
    told = {"used": used, "revoked": revoked, "statuses": statuses, "after": await again(own["env"])}
    print(json.dumps({**told, "left": other["env"]}))


asyncio.run(main())
