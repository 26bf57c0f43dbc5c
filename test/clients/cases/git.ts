import assert from 'node:assert/strict'
import { skipWithout } from '../../fixtures/requirements.ts'
import type { ClientCase } from '../client-case.ts'

const repository = 'git.clients.test/team/project.git'
const skip = skipWithout('git', 'git http-backend')
const presents: ClientCase['presents'] = ({ git }) => [`Basic x:${git.key.value}`]
const author = '-c user.name=Agent -c user.email=agent@clients.test'

/** Clones, commits, and pushes to a branch of its own; `git` is git with its way of giving the credential. */
function cloneAndPush(git: string, address: string, branch: string): string {
  return `
    ${git} clone --quiet "${address}" project && cd project
    git ${author} commit --quiet --allow-empty -m "Written by ${branch}"
    ${git} push --quiet --force origin HEAD:${branch}
    git log --format=%s`
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

/** git over HTTPS: clone and push, with the credential given in each of the usual ways. */
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
]
