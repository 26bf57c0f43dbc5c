import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { ApprovalView, RuleList } from '@coatcheck/contract'
import { skipWithout } from '../fixtures/requirements.ts'
import { type GitPushScene, gitHost, openGitPushScene, plainHost } from './git-push-scene.ts'
import type { Inside, Received } from './world.ts'

/** Every push is asked about; fetching is free. */
const asking: RuleList = {
  default: 'deny',
  rules: [
    {
      name: 'reads',
      effect: 'allow',
      methods: 'any',
      paths: 'any',
      action: { kind: 'git', repositories: ['team/project'], access: ['read', 'push'] },
    },
    {
      name: 'pushes',
      effect: 'ask',
      methods: ['POST'],
      paths: ['/team/project.git/git-receive-pack'],
    },
  ],
}
const skip = skipWithout('git', 'git http-backend')
let scene: GitPushScene
before(async () => {
  scene = await openGitPushScene({})
})
after(() => scene[Symbol.asyncDispose]())

/** What waits for a decision, as soon as something does. */
async function waiting(): Promise<ApprovalView> {
  const signal = AbortSignal.timeout(20_000)
  for await (const view of scene.world.client.approvals.follow({ state: 'pending' }, signal)) return view
  throw new Error('nothing was asked')
}

test('N5, AC-16.1: who approves a push of git sees repository, references and ids, and no bytes of its pack', {
  skip,
}, async () => {
  const pushing = scene.shell(
    `
    git clone --quiet "https://x:$GIT_TOKEN@${gitHost}/team/project.git" project && cd project
    head -c 100000 /dev/urandom > large && git add large && git commit --quiet -m "Asked"
    git push --quiet origin HEAD:asked`,
    asking,
  )
  const { id, request } = await waiting()
  const [repository, change, pack] = request?.action ?? []
  assert.equal(repository, 'push to team/project')
  assert.match(change ?? '', /^create refs\/heads\/asked at [0-9a-f]{40}$/)
  assert.match(pack ?? '', /^a pack of \d{6} bytes$/)
  assert.deepEqual([request?.body?.text, request?.rule], [null, 'pushes'])
  assert.ok(request!.body!.bytes > 100_000, 'more than a person could be shown')
  assert.match(request?.body?.sha256 ?? '', /^[0-9a-f]{64}$/)
  const arrived = (): boolean => scene.gitOrigin.requests.some(({ target }) => target.endsWith('/git-receive-pack'))
  assert.equal(arrived(), false)
  await scene.world.client.approvals.decide(id, { decision: 'approve' })
  const { code, stderr } = await pushing
  assert.equal(code, 0, stderr)
  assert.deepEqual([arrived(), scene.gitOrigin.subjects('asked')[0]], [true, 'Asked'])
})

const zero = '0'.repeat(40)
const line = (text: string): string => (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text
const pushOf = (ref: string, pack: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${line(`${zero} ${'1'.repeat(40)} ${ref}\0atomic`)}0000`), pack])

function send(inside: Inside, body: Buffer, retryKey?: string): Promise<Received> {
  const pair = Buffer.from(`x:${inside.placeholder('GIT_TOKEN')}`).toString('base64')
  return inside.send({
    host: plainHost,
    method: 'POST',
    target: '/team/project.git/git-receive-pack',
    headers: [
      ['Authorization', `Basic ${pair}`],
      ['Content-Type', 'application/x-git-receive-pack-request'],
      ...(retryKey === undefined ? [] : [['Coatcheck-Retry-Key', retryKey] as const]),
    ],
    body,
  })
}

test('N5, AC-16.3: an approved push is that pack and no other, to that reference', async () => {
  const inside = await scene.inside(asking)
  const pack = Buffer.concat([Buffer.from('PACK'), randomBytes(80_000)])
  const first = await send(inside, pushOf('refs/heads/a', pack))
  assert.equal(first.code, 'approval_pending')
  const retryKey = String(first.headers['coatcheck-retry-key'])
  await scene.world.client.approvals.decide(retryKey, { decision: 'approve' })
  const other = Buffer.from(pack)
  other[other.length - 1]! ^= 1
  const before = scene.bodies.length
  for (const body of [pushOf('refs/heads/a', other), pushOf('refs/heads/b', pack)])
    assert.equal((await send(inside, body, retryKey)).code, 'approval_mismatch')
  assert.equal(scene.bodies.length, before)
  assert.equal((await send(inside, pushOf('refs/heads/a', pack), retryKey)).status, 200)
  await inside.end()
})

test('SEC-13: names of references are escaped, and show no placeholder', async () => {
  const inside = await scene.inside(asking)
  const sending = send(inside, pushOf(`refs/heads/\u202emain-${'x'.repeat(8)}`, Buffer.alloc(0)))
  const { id, request } = await waiting()
  assert.ok(
    request!.action!.some((text) => text.includes('create refs/heads/\\u{202e}main-')),
    String(request!.action),
  )
  await scene.world.client.approvals.decide(id, { decision: 'deny' })
  assert.equal((await sending).code, 'approval_denied')
  const hiding = send(inside, pushOf(`refs/heads/${inside.placeholder('GIT_TOKEN')}`, Buffer.alloc(0)))
  const refused = await hiding
  assert.equal(refused.status, 403)
  assert.ok(
    !JSON.stringify((await scene.world.client.approvals.list({})).items).includes(inside.placeholder('GIT_TOKEN')),
  )
  await inside.end()
})

test('a push that cannot be told, and one that is longer than what is held, is asked about by nobody', async () => {
  const inside = await scene.inside(asking)
  const noise = randomBytes(80_000)
  const twice = Buffer.concat([
    Buffer.from(
      `${line(`${zero} ${'1'.repeat(40)} refs/heads/a`)}${line(`${zero} ${'1'.repeat(40)} refs/heads/A`)}0000`,
    ),
    noise,
  ])
  const changes = Array.from({ length: 900 }, (_, at) => line(`${zero} ${'1'.repeat(40)} refs/heads/branch-${at}`))
  const many = Buffer.from(`${changes.join('')}0000`)
  assert.ok(many.length > 65_536 && many.length < 262_144)
  const codes: (string | undefined)[] = []
  for (const body of [noise, twice, many, pushOf('refs/heads/a', randomBytes(300_000))])
    codes.push((await send(inside, body)).code)
  assert.deepEqual(codes, ['body_unreadable', 'body_unreadable', 'body_unreadable', 'body_unreadable'])
  await inside.end()
})
