import { type BadInput, misplacedValue } from '../bad-input.suite.ts'

type Row = readonly [name: string, args: readonly string[], code: number, says: RegExp]

/** Words that stand for the ids of two sandboxes: one whose authority is held to the hosts of its secret, and one that is free. */
export const [heldSandbox, freeSandbox] = ['ID-OF-HELD', 'ID-OF-FREE']

const otherPrint = `${'AB:'.repeat(31)}AB`
const trust = (sandbox: string, ...options: string[]) => ['trust', 'docker', '--sandbox', sandbox, ...options]
const elsewhere = ['--broker', 'https://127.0.0.1:1', '--token-file', '/etc/hostname']

const rows: readonly Row[] = [
  ['trust, without a sandbox', ['trust', 'docker'], 2, /`--sandbox`/],
  ['trust, of an unknown sandbox', trust('nosuch'), 3, /No such sandbox/],
  ['trust, of an authority that is free', trust(freeSandbox, '--registry', 'api.stripe.com'), 4, /may not be put into/],
  ['trust, without a registry', trust(heldSandbox), 1, /per registry/],
  ['trust, for another registry', trust(heldSandbox, '--registry', 'registry.example.com'), 1, /not good for this/],
  ['trust, for a path', trust(heldSandbox, '--registry', '../../api.stripe.com'), 1, /not good for this/],
  ['trust, unattended', trust(heldSandbox, '--registry', 'api.stripe.com'), 2, /Compare the fingerprint/],
  ['trust, unseen', trust(heldSandbox, '--registry', 'api.stripe.com', '--yes'), 2, /needs `--fingerprint`/],
  [
    'trust, of another fingerprint',
    trust(heldSandbox, '--registry', 'api.stripe.com', '--yes', '--fingerprint', otherPrint),
    2,
    /another fingerprint/,
  ],
  ['trust, of a store that is none', ['trust', misplacedValue, '--remove'], 2, /Allowed choices are/],
  ['trust, to take away in two ways', ['trust', '--remove', '--prune'], 2, /cannot be used with/],
  ['trust, to prune one store', ['trust', 'docker', '--prune'], 2, /takes no store/],
  ['trust, of a sandbox and no store', ['trust', '--sandbox', heldSandbox], 2, /Name the store/],
  ['trust, with a fingerprint and no store', ['trust', '--yes', '--fingerprint', otherPrint], 2, /Name the store/],
  ['doctor, with an argument', ['doctor', misplacedValue], 2, /too many arguments/],
  ['doctor, with a value for a switch', ['doctor', `--online=${misplacedValue}`], 2, /does not take|unknown option/],
  ['doctor, about a secret without asking', ['doctor', '--secret', 'stripe'], 2, /goes with --online/],
  ['doctor, of a broker elsewhere', [...elsewhere, 'doctor'], 2, /broker of this machine only/],
]

/** Bad input for whatever looks at this machine, or changes whom it trusts. */
export const trustRows: readonly BadInput[] = rows.map(([name, args, code, says]) => ({ name, args, code, says }))
