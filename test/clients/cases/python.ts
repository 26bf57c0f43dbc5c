import { skipWithout } from '../../fixtures/requirements.ts'
import { type ClientCase, presentsApiKey, presentsLogin } from '../client-case.ts'
import { greeting } from '../tiny-packages.ts'

const json = 'https://api.clients.test/json'
const index = '--index-url "https://agent:$INDEX_TOKEN@pip.clients.test/simple/"'
const presentsIndexKey: ClientCase['presents'] = ({ pip }) => [`Basic agent:${pip.key.value}`]
const skip = skipWithout('/usr/bin/python3')
const skipPip = skipWithout('/usr/bin/python3', 'pip')

/** Python's own client, the requests library, and pip. */
export const python: readonly ClientCase[] = [
  {
    name: 'Python urllib with a bearer field',
    script: ({ inside }) => `/usr/bin/python3 ${inside}/urllib-get.py ${json} bearer`,
    prints: /^200 \{"ok":true\}$/,
    presents: presentsApiKey,
    skip,
  },
  {
    name: 'Python urllib with user and password, after a challenge',
    script: ({ inside }) => `/usr/bin/python3 ${inside}/urllib-get.py https://login.clients.test/json basic`,
    prints: /^200 \{"ok":true\}$/,
    presents: presentsLogin,
    skip,
  },
  {
    name: 'Python requests: a session, an upload in chunks, a pair',
    script: ({ inside }) => `/usr/bin/python3 ${inside}/requests-session.py`,
    prints: /^\{'ok': True\} 100000 True 200$/,
    presents: (services) => [...presentsApiKey(services), ...presentsLogin(services)],
    skip: skipWithout('/usr/bin/python3', 'python3-requests'),
  },
  {
    name: 'pip download from a private index',
    script: () => `/usr/bin/python3 -m pip download --quiet ${index} tiny-greeting && ls`,
    prints: /^tiny_greeting-1\.0\.0-py3-none-any\.whl$/m,
    presents: presentsIndexKey,
    skip: skipPip,
  },
  {
    name: 'pip install from a private index',
    script: () => `
      /usr/bin/python3 -m pip install --quiet --target packages ${index} tiny-greeting
      PYTHONPATH=packages /usr/bin/python3 -c 'import tiny_greeting; print(tiny_greeting.text)'`,
    prints: new RegExp(`^${greeting}$`, 'm'),
    presents: presentsIndexKey,
    skip: skipPip,
  },
]
