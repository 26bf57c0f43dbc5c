import { assemble, type Block, give, load, whenAnyBit, whenAtLeast, whenEqual } from './bpf.ts'
import { type Architecture, auditArchitecture, deniedNumbers, inspectedCalls, lastKnownCall } from './system-calls.ts'

// Offsets in `struct seccomp_data`. Of an argument only the low half is read: the kernel takes 32 bits of all of these.
const callNumber = 0
const callArchitecture = 4
const argument = (index: number) => 16 + index * 8

const allow = 0x7fff_0000
const killProcess = 0x8000_0000
const refuse = (errno: number) => 0x0005_0000 | errno

const EPERM = 1
const ENOSYS = 38
const EPROTONOSUPPORT = 93
const EAFNOSUPPORT = 97

const x32Calls = 0x4000_0000
/** Every `CLONE_NEW*` flag that `clone` takes. */
const newNamespaces = 0x7e02_0000
const terminalTricks = { TIOCSTI: 0x5412, TIOCLINUX: 0x541c }
const family = { unix: 1, inet: 2, inet6: 10, netlink: 16 }
const internetProtocols = { default: 0, tcp: 6, udp: 17 }
const routeNetlink = 0

/** Whether there is a filter for this processor. */
export function isKnownArchitecture(name: string): name is Architecture {
  return Object.hasOwn(auditArchitecture, name)
}

/** The system calls that a sandbox may make, as a compiled filter for `bwrap --seccomp`. */
export function seccompFilter(architecture: Architecture): Uint8Array {
  return assemble(seccompProgram(architecture))
}

/** The same as instructions. */
export function seccompProgram(architecture: Architecture): Block {
  return [
    ...load(callArchitecture),
    // SECURITY: other conventions number their calls differently, so nothing below would mean what it says.
    ...unlessEqual(auditArchitecture[architecture], give(killProcess)),
    ...load(callNumber),
    ...(architecture === 'x64' ? whenAtLeast(x32Calls, give(killProcess)) : []),
    ...whenAtLeast(lastKnownCall + 1, give(refuse(ENOSYS))),
    ...deniedNumbers(architecture).flatMap((number) => whenEqual(number, give(refuse(EPERM)))),
    // Its flags lie in memory, where a filter cannot look; with ENOSYS the C library falls back to clone.
    ...whenEqual(inspectedCalls.clone3[architecture], give(refuse(ENOSYS))),
    ...whenEqual(inspectedCalls.clone[architecture], cloneRules()),
    ...whenEqual(inspectedCalls.ioctl[architecture], ioctlRules()),
    ...whenEqual(inspectedCalls.socket[architecture], socketRules()),
    ...give(allow),
  ]
}

function cloneRules(): Block {
  return [...load(argument(0)), ...whenAnyBit(newNamespaces, give(refuse(EPERM))), ...give(allow)]
}

/** SECURITY: these two put keystrokes into the terminal of the caller, which is why it may be shared otherwise. */
function ioctlRules(): Block {
  return [
    ...load(argument(1)),
    ...whenEqual(terminalTricks.TIOCSTI, give(refuse(EPERM))),
    ...whenEqual(terminalTricks.TIOCLINUX, give(refuse(EPERM))),
    ...give(allow),
  ]
}

/** SECURITY: a network namespace does not confine vsock; of the rest only what a gateway can carry is of use. */
function socketRules(): Block {
  const protocolIn = (protocols: readonly number[]): Block => [
    ...load(argument(2)),
    ...protocols.flatMap((protocol) => whenEqual(protocol, give(allow))),
    ...give(refuse(EPROTONOSUPPORT)),
  ]
  const internet = protocolIn(Object.values(internetProtocols))
  return [
    ...load(argument(0)),
    ...whenEqual(family.unix, give(allow)),
    ...whenEqual(family.inet, internet),
    ...whenEqual(family.inet6, internet),
    ...whenEqual(family.netlink, protocolIn([routeNetlink])),
    ...give(refuse(EAFNOSUPPORT)),
  ]
}

function unlessEqual(value: number, body: Block): Block {
  const [compare] = whenEqual(value, [])
  return [{ ...compare!, onTrue: body.length, onFalse: 0 }, ...body]
}
