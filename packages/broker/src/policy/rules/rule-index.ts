import type { DestinationPattern } from '../../foundation/destination-pattern.ts'
import type { CompiledRule } from './compile-rule.ts'
import { RuleMarks } from './rule-marks.ts'
import type { RuleRequest } from './rule-request.ts'

interface Node {
  readonly below: Map<string, Node>
  /** What stands for any one segment. */
  any?: Node
  /** Rules whose pattern ends here. */
  readonly here: RuleMarks
  /** Rules that may have anything from here on. */
  readonly deep: RuleMarks
}

/**
 * Finds the rules of a list that method, host and path of a request may be about, without asking each of them. It leaves out none that
 * matches or that cannot be told; those that it finds are still to be asked.
 */
export class RuleIndex {
  readonly #paths = newNode()
  readonly #everyPath = new RuleMarks()
  readonly #methods = new Map<string, RuleMarks>()
  readonly #everyMethod = new RuleMarks()
  readonly #hosts = new Map<string, RuleMarks>()
  /** By what stands behind `*.` */
  readonly #suffixes = new Map<string, RuleMarks>()
  readonly #everyHost = new RuleMarks()
  /** Made once: nothing is allocated for a request. */
  readonly #found: Uint32Array
  readonly #ofMethod: Uint32Array
  /** What is about the host that was asked for last; a list seldom sees many. */
  readonly #ofHost: Uint32Array
  #host: string | undefined

  constructor(rules: readonly CompiledRule[]) {
    const words = Math.ceil(rules.length / 32)
    this.#found = new Uint32Array(words)
    this.#ofMethod = new Uint32Array(words)
    this.#ofHost = new Uint32Array(words)
    for (const [number, { hosts, methods, paths }] of rules.entries()) {
      if (paths === undefined) this.#everyPath.add(number)
      else for (const { lenient } of paths) this.#addPath(lenient, number)
      if (methods === undefined) this.#everyMethod.add(number)
      else for (const method of methods) marksOf(this.#methods, method).add(number)
      if (hosts === undefined) this.#everyHost.add(number)
      else for (const host of hosts) this.#addHost(host, number)
    }
  }

  /** A bit for each rule that is to be asked, the first rule in the lowest one. Good until the next call. */
  candidates({ host, method, readings }: Pick<RuleRequest, 'host' | 'method' | 'readings'>): Uint32Array {
    const found = this.#found.fill(0)
    this.#everyPath.mark(found)
    for (const reading of readings) collect(this.#paths, reading, 0, found)
    this.#keepMethod(method)
    this.#keepHost(host)
    return found
  }

  #keepMethod(method: string): void {
    if (this.#methods.size === 0) return
    const marks = this.#ofMethod.fill(0)
    this.#everyMethod.mark(marks)
    // Rules that forbid do not look at the case of a method; the names in the index are all in capitals.
    const named = this.#methods.get(method) ?? this.#methods.get(method.toUpperCase())
    named?.mark(marks)
    keepOnly(this.#found, marks)
  }

  #keepHost(host: string): void {
    if (this.#hosts.size + this.#suffixes.size === 0) return
    if (host !== this.#host) this.#markHost(host)
    keepOnly(this.#found, this.#ofHost)
  }

  #markHost(host: string): void {
    const marks = this.#ofHost.fill(0)
    this.#everyHost.mark(marks)
    this.#hosts.get(host)?.mark(marks)
    for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1))
      this.#suffixes.get(host.slice(dot + 1))?.mark(marks)
    this.#host = host
  }

  #addHost({ exactHost, text }: DestinationPattern, number: number): void {
    marksOf(exactHost === null ? this.#suffixes : this.#hosts, exactHost ?? text.replace(/^\*\./, '')).add(number)
  }

  #addPath(pattern: readonly string[], number: number): void {
    let node = this.#paths
    for (const segment of pattern) {
      if (segment === '**') {
        node.deep.add(number)
        return
      }
      if (segment.includes('*')) {
        node.any ??= newNode()
        node = node.any
      } else {
        const next = node.below.get(segment) ?? newNode()
        node.below.set(segment, next)
        node = next
      }
    }
    node.here.add(number)
  }
}

function newNode(): Node {
  return { below: new Map(), here: new RuleMarks(), deep: new RuleMarks() }
}

function keepOnly(found: Uint32Array, marks: Uint32Array): void {
  for (let word = 0; word < found.length; word += 1) found[word]! &= marks[word]!
}

function marksOf(map: Map<string, RuleMarks>, key: string): RuleMarks {
  const marks = map.get(key) ?? new RuleMarks()
  map.set(key, marks)
  return marks
}

/** Each node is met once at most, so the work is no more than the list is long. */
function collect(node: Node, reading: readonly string[], at: number, found: Uint32Array): void {
  node.deep.mark(found)
  const segment = reading[at]
  if (segment === undefined) {
    node.here.mark(found)
    return
  }
  const next = node.below.size === 0 ? undefined : node.below.get(segment)
  if (next !== undefined) collect(next, reading, at + 1, found)
  if (node.any !== undefined) collect(node.any, reading, at + 1, found)
}
