import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { skipWithout } from '../fixtures/requirements.ts'
import { type GitPushScene, gitHost, openGitPushScene } from './git-push-scene.ts'

const repository = `https://x:$GIT_TOKEN@${gitHost}/team/project.git`
/** A pack that is many times as long as what is held of a body, and cannot be made shorter. */
const grow = 'head -c 3000000 /dev/urandom > large && git add large && git commit --quiet -m'

const scenes = [
  ['the product’s own plane, HTTP/1.1', { httpPlane: 'own' }, 'HTTP/1.1', true],
  ['the reference plane', { httpPlane: 'reference' }, 'HTTP/1.1', false],
  ['two workers', { httpPlane: 'own', workers: 2 }, 'HTTP/2', false],
] as const

for (const [where, settings, version, isForced] of scenes) {
  const skip = skipWithout('git', 'git http-backend')
  describe(`pushes of git with large packs by ${where}`, { skip }, () => {
    let scene: GitPushScene
    before(async () => {
      scene = await openGitPushScene(settings)
    })
    after(() => scene[Symbol.asyncDispose]())

    test('N4, AC-6.2: a large push goes to a branch that is allowed, and to main nothing goes', async () => {
      const forced = `
        git commit --quiet --amend -m "Another past"
        git push --quiet --force origin HEAD:feature || echo kept`
      const { code, stderr, stdout } = await scene.shell(`
        git config --global http.version ${version}
        git config --global core.compression 0
        git clone --quiet "${repository}" project && cd project
        ${grow} "Large"
        git push --quiet origin HEAD:feature
        ${grow} "Larger"
        git push --quiet origin HEAD:feature
        ${isForced ? forced : 'echo kept'}
        git push --quiet origin HEAD:feature2 HEAD:main || echo refused`)
      assert.equal(code, 0, stderr)
      assert.equal(stdout, 'kept\nrefused\n')
      assert.match(stderr, /403/)
      assert.deepEqual(scene.gitOrigin.subjects('feature'), ['Larger', 'Large', 'First commit'])
      assert.deepEqual(scene.gitOrigin.subjects('main'), ['First commit'])
      const posts = scene.gitOrigin.requests.filter(({ target }) => target.endsWith('.git/git-receive-pack'))
      const lengths = posts.map(({ rawHeaders }) => lengthOf(rawHeaders))
      // git asks with an empty push first whether it may send more, which is four bytes.
      assert.equal(lengths.filter((length) => length !== '4').length, 2)
    })
  })
}

function lengthOf(rawHeaders: readonly string[]): string | undefined {
  const at = rawHeaders.findIndex((name) => name.toLowerCase() === 'content-length')
  return at < 0 ? undefined : rawHeaders[at + 1]
}
