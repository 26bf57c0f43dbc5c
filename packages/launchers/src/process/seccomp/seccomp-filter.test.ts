import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { assemble, type Block } from './bpf.ts'
import { isKnownArchitecture, seccompFilter, seccompProgram } from './seccomp-filter.ts'
import { type Architecture, auditArchitecture, deniedCalls, inspectedCalls, lastKnownCall } from './system-calls.ts'

const allow = 0x7fff_0000
const kill = 0x8000_0000
const errno = (code: number) => 0x0005_0000 | code
const [EPERM, ENOSYS, EPROTONOSUPPORT, EAFNOSUPPORT] = [1, 38, 93, 97].map(errno) as [number, number, number, number]
const architectures: readonly Architecture[] = ['x64', 'arm64']

/** What the kernel would say: runs the instructions over a call's description. */
function verdict(program: Block, call: { arch: number; number: number; args?: readonly bigint[] }): number {
  const description = Buffer.alloc(64)
  description.writeUInt32LE(call.number, 0)
  description.writeUInt32LE(call.arch, 4)
  for (const [index, value] of (call.args ?? []).entries()) description.writeBigUInt64LE(value, 16 + index * 8)
  let word = 0
  for (let at = 0; at < program.length; at += 1) {
    const { code, onTrue, onFalse, operand } = program[at]!
    if (code === 0x20) word = description.readUInt32LE(operand)
    else if (code === 0x06) return operand
    else {
      const holds = code === 0x15 ? word === operand : code === 0x35 ? word >= operand : (word & operand) !== 0
      at += holds ? onTrue : onFalse
    }
  }
  throw new Error('the filter ended without a verdict')
}

for (const architecture of architectures) {
  suite(`the system call filter for ${architecture}`, () => {
    const program = seccompProgram(architecture)
    const arch = auditArchitecture[architecture]
    const ask = (number: number, ...args: (number | bigint)[]) =>
      verdict(program, { arch, number, args: args.map((value) => BigInt(value)) })

    test('kills what calls by another convention', () => {
      for (const other of [0x4000_0003, 0x4000_0028, 0, arch + 1]) {
        assert.equal(verdict(program, { arch: other, number: 1 }), kill)
      }
      if (architecture === 'x64') assert.equal(ask(0x4000_0000 + 39), kill)
    })

    test('refuses every denied call, and no other call that is known', () => {
      const denied = new Set(
        Object.values<Partial<Record<Architecture, number>>>(deniedCalls).flatMap(
          (numbers) => numbers[architecture] ?? [],
        ),
      )
      const inspected = Object.values(inspectedCalls).map((numbers) => numbers[architecture])
      for (let number = 0; number <= lastKnownCall; number += 1) {
        if (inspected.includes(number as never)) continue
        assert.equal(ask(number), denied.has(number) ? EPERM : allow, String(number))
      }
    })

    test('knows nothing of calls that came later', () => {
      for (const number of [lastKnownCall + 1, 1000, 0x3fff_ffff]) assert.equal(ask(number), ENOSYS)
    })

    test('refuses new namespaces by clone, allows threads and processes, and hides clone3', () => {
      const clone = inspectedCalls.clone[architecture]
      for (const flag of [0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]) {
        assert.equal(ask(clone, flag | 17), EPERM, flag.toString(16))
      }
      assert.equal(ask(clone, 17), allow)
      assert.equal(ask(clone, 0x3d_0f00), allow)
      assert.equal(ask(inspectedCalls.clone3[architecture]), ENOSYS)
    })

    test('refuses to type into a terminal, whatever the high bits of the request are', () => {
      const ioctl = inspectedCalls.ioctl[architecture]
      for (const request of [0x5412n, 0x541cn, 0x1_0000_5412n, 0xffff_ffff_0000_541cn]) {
        assert.equal(ask(ioctl, 0, request), EPERM, request.toString(16))
      }
      for (const request of [0x5401n, 0x5413n, 0x541bn]) assert.equal(ask(ioctl, 0, request), allow)
    })

    test('gives sockets of the internet and of the machine itself only', () => {
      const socket = inspectedCalls.socket[architecture]
      for (const [family, protocol] of [
        [1, 0],
        [2, 0],
        [2, 6],
        [2, 17],
        [10, 6],
        [16, 0],
      ] as const) {
        assert.equal(ask(socket, family, 1, protocol), allow, `${family} ${protocol}`)
      }
      for (const [family, protocol] of [
        [2, 1],
        [2, 132],
        [2, 262],
        [10, 58],
        [16, 12],
        [16, 16],
      ] as const) {
        assert.equal(ask(socket, family, 1, protocol), EPROTONOSUPPORT, `${family} ${protocol}`)
      }
      for (const family of [0, 3, 15, 17, 21, 29, 30, 31, 38, 40, 44]) {
        assert.equal(ask(socket, family, 1, 0), EAFNOSUPPORT, String(family))
      }
    })

    test('is in the form of the kernel: 8 bytes for each instruction, jumps within it, a verdict at the end', () => {
      const bytes = seccompFilter(architecture)
      assert.equal(bytes.length, program.length * 8)
      assert.ok(program.length < 4096)
      for (const [index, { onTrue, onFalse }] of program.entries()) {
        assert.ok(index + 1 + Math.max(onTrue, onFalse) < program.length || program[index]!.code === 0x06)
      }
      assert.equal(program.at(-1)?.code, 0x06)
    })
  })
}

test('an instruction is assembled as the kernel reads it', () => {
  const bytes = assemble([{ code: 0x15, onTrue: 1, onFalse: 2, operand: 0xc000_003e }])
  assert.deepEqual([...bytes], [0x15, 0, 1, 2, 0x3e, 0, 0, 0xc0])
})

test('other processors have no filter', () => {
  assert.ok(isKnownArchitecture('x64'))
  for (const name of ['ia32', 'riscv64', 'toString', '']) assert.ok(!isKnownArchitecture(name))
})
