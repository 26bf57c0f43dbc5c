import assert from 'node:assert/strict'
import { skipWithout } from '../../fixtures/requirements.ts'
import type { ClientCase } from '../client-case.ts'

const repository = 'git.clients.test/team/project.git'
const skip = skipWithout('git', 'git http-backend')
const presents: ClientCase['presents'] = ({ git }) => [`Basic x:${git.key.value}`]
const author = '-c user.name=Agent -c user.email=agent@clients.test'

/** Clones, commits, pushes to a branch of its own, and fetches that; `git` is git with its way of giving the credential. */
function cloneAndPush(git: string, address: string, branch: string): string {
  return `
    ${git} clone --quiet "${address}" project && cd project
    git ${author} commit --quiet --allow-empty -m "Written by ${branch}"
    ${git} push --quiet --force origin HEAD:${branch}
    ${git} fetch --quiet origin ${branch}
    git log --format=%s FETCH_HEAD`
}

function roundTrip(name: string, git: string, address: string, branch: string): ClientCase {
  return {
    name,
    script: () => cloneAndPush(git, address, branch),
    prints: new RegExp(`^Written by ${branch}\nFirst commit$`),
    presents,
    check: ({ git: service }) => assert.equal(service.subjects(branch)[0], `Written by ${branch}`),
    skip,
  }
}

/** git over HTTPS: clone, fetch, push and large objects, with the credential given in each of the usual ways. */
export const git: readonly ClientCase[] = [
  roundTrip('git with the credential in the address', 'git', `https://x:$GIT_TOKEN@${repository}`, 'by-address'),
  roundTrip(
    'git with http.extraHeader',
    'git -c http.extraHeader="Authorization: Basic $(printf "x:$GIT_TOKEN" | base64 -w0)"',
    `https://${repository}`,
    'by-header',
  ),
  roundTrip(
    'git with a credential helper',
    `git -c credential.helper='!f() { echo username=x; echo "password=$GIT_TOKEN"; }; f'`,
    `https://${repository}`,
    'by-helper',
  ),
  {
    name: 'git push of 20 MB, and the clone that brings it back',
    script: () => `
      git clone --quiet "https://x:$GIT_TOKEN@${repository}" project && cd project
      # What cannot be made smaller is sent as it is.
      git config core.compression 0 && git config core.bigFileThreshold 1m
      head -c 20000000 /dev/urandom > big
      git add big && git ${author} commit --quiet -m "Twenty megabytes"
      git push --quiet origin HEAD:big
      cd .. && git clone --quiet --branch big "https://x:$GIT_TOKEN@${repository}" again
      cmp project/big again/big && stat -c %s again/big`,
    prints: /^20000000$/,
    presents,
    check: ({ git: service }) => assert.equal(service.subjects('big')[0], 'Twenty megabytes'),
    skip,
  },
  {
    name: 'git LFS: objects are pushed, and pulled again',
    script: () => `
      git clone --quiet "https://x:$GIT_TOKEN@${repository}" project && cd project
      { git lfs install --local && git lfs track '*.bin'; } >&2
      head -c 3000000 /dev/urandom > large.bin && echo small > small.bin
      git add . && git ${author} commit --quiet -m "Large objects"
      git push --quiet --force origin HEAD:large >&2
      cd .. && GIT_LFS_SKIP_SMUDGE=1 git clone --quiet --branch large "https://x:$GIT_TOKEN@${repository}" again && cd again
      grep -q git-lfs large.bin
      { git lfs install --local && git lfs fetch && git lfs checkout && git lfs pull; } >&2
      cmp ../project/large.bin large.bin && stat -c %s large.bin && sha256sum < large.bin`,
    prints: /^3000000\n[0-9a-f]{64} {2}-$/,
    presents,
    check({ git: service, requests }) {
      assert.equal(service.subjects('large')[0], 'Large objects')
      const sizes = [...service.largeObjects.values()].map(({ length }) => length)
      assert.ok(sizes.includes(3_000_000) && sizes.includes(6))
      const calls = requests.filter(({ accepted }) => accepted).map(({ method, target }) => `${method} ${target}`)
      for (const part of ['POST .*/objects/batch', 'PUT .*/objects/[0-9a-f]{64}', 'GET .*/objects/[0-9a-f]{64}'])
        assert.ok(
          calls.some((call) => new RegExp(`^${part}$`).test(call)),
          part,
        )
    },
    skip: skipWithout('git', 'git http-backend', 'git-lfs'),
  },
]
