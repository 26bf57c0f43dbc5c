import { parse } from '@bufbuild/cel'
import { expressionVariables } from './expression.ts'
import { rangeFunction, stepFunction } from './metered-functions.ts'

/** One node of the tree that the parser makes of an expression. */
export type Syntax = ReturnType<typeof parse>['expr']

/** What an expression consists of. */
export interface SyntaxFacts {
  readonly variables: Set<string>
  readonly functions: Set<string>
  readonly names: Set<string>
  readonly patterns: Set<string>
  /** Fields that are read, and those that are asked about. */
  readonly read: Set<string>
  readonly guarded: Set<string>
}

/** Nodes of a tree at most. */
const maxNodes = 500
/** Loops within each other at most. */
const maxLoops = 2

/** What the language has as names beside variables. */
const typeNames = new Set(['bool', 'bytes', 'double', 'int', 'list', 'map', 'null_type', 'string', 'type', 'uint'])
/** Operators that are no functions. */
const operators = new Set(['_[_]', '_?_:_', '_&&_', '_||_', '@not_strictly_false'])

/** Reads a tree, and puts a counter around each of its loops. @throws Error with what is wrong, in words for its writer */
export function readSyntax(root: Syntax): SyntaxFacts {
  const reader = new SyntaxReader()
  reader.visit(root, [], 0)
  return reader.facts
}

class SyntaxReader {
  readonly facts: SyntaxFacts = {
    variables: new Set(),
    functions: new Set(),
    names: new Set(),
    patterns: new Set(),
    read: new Set(),
    guarded: new Set(),
  }
  #nodes = 0

  visit(node: Syntax | undefined, bound: readonly string[], loops: number): void {
    if (node === undefined) return
    this.#nodes += 1
    if (this.#nodes > maxNodes) throw new Error('it is too long')
    const { exprKind } = node
    const all = (nodes: readonly (Syntax | undefined)[]): void => {
      for (const each of nodes) this.visit(each, bound, loops)
    }
    switch (exprKind.case) {
      case 'identExpr':
        this.#name(exprKind.value.name, bound)
        return
      case 'constExpr': {
        const { constantKind } = exprKind.value
        if (constantKind.case === 'stringValue') this.facts.names.add(constantKind.value)
        return
      }
      case 'selectExpr': {
        const { field, operand, testOnly } = exprKind.value
        this.facts.names.add(field)
        const chain = chainOf(node)
        if (chain !== undefined) (testOnly ? this.facts.guarded : this.facts.read).add(chain)
        all([operand])
        return
      }
      case 'callExpr': {
        const { args, function: name, target } = exprKind.value
        this.#call(name, args, bound)
        all([target, ...args])
        return
      }
      case 'listExpr':
        all(exprKind.value.elements)
        return
      case 'structExpr': {
        const { entries, messageName } = exprKind.value
        if (messageName !== '') throw new Error(`there is no type ${messageName}`)
        for (const { keyKind, value } of entries) all([keyKind.case === 'mapKey' ? keyKind.value : undefined, value])
        return
      }
      case 'comprehensionExpr': {
        if (loops === maxLoops) throw new Error(`more than ${maxLoops} loops stand within each other`)
        const { accuInit, accuVar, iterRange, iterVar, loopCondition, loopStep, result } = exprKind.value
        all([iterRange, accuInit])
        const inner = [...bound, accuVar, iterVar]
        for (const each of [loopCondition, loopStep, result]) this.visit(each, inner, loops + 1)
        exprKind.value.iterRange = wrapped(rangeFunction, iterRange)
        exprKind.value.loopCondition = wrapped(stepFunction, loopCondition)
        return
      }
      default:
        throw new Error('a part of it is not known here')
    }
  }

  #name(name: string, bound: readonly string[]): void {
    if (bound.includes(name) || typeNames.has(name)) return
    if (!expressionVariables.some((known) => known === name))
      throw new Error(`there is no variable ${name}; there are ${expressionVariables.join(', ')}`)
    this.facts.variables.add(name)
  }

  #call(name: string, args: readonly Syntax[], bound: readonly string[]): void {
    if (!operators.has(name)) this.facts.functions.add(name)
    if (name === 'matches') {
      const pattern = textOf(args.at(-1))
      if (pattern === undefined) throw new Error('the pattern of `matches` has to be written out')
      this.facts.patterns.add(pattern)
    }
    const [first, second] = args
    const [field, holder] = name === '@in' ? [textOf(first), second] : [textOf(second), first]
    if (field === undefined || holder === undefined || (name !== '@in' && name !== '_[_]')) return
    const chain = chainOf(holder)
    if (chain === undefined || bound.includes(chain)) return
    const guards = name === '@in' ? this.facts.guarded : this.facts.read
    guards.add(`${chain}.${field}`)
  }
}

/** `body.amount` of the fields that it is made of; undefined of what is more than fields of a variable. */
function chainOf({ exprKind }: Syntax): string | undefined {
  if (exprKind.case === 'identExpr') return exprKind.value.name
  if (exprKind.case !== 'selectExpr' || exprKind.value.operand === undefined) return undefined
  const before = chainOf(exprKind.value.operand)
  return before === undefined ? undefined : `${before}.${exprKind.value.field}`
}

function textOf(node: Syntax | undefined): string | undefined {
  if (node?.exprKind.case !== 'constExpr') return undefined
  const { constantKind } = node.exprKind.value
  return constantKind.case === 'stringValue' ? constantKind.value : undefined
}

function wrapped(name: string, inner: Syntax | undefined): Syntax {
  const { expr } = parse('f(x)')
  if (expr.exprKind.case !== 'callExpr' || inner === undefined) throw new Error('a loop of it is not known here')
  expr.exprKind.value.function = name
  expr.exprKind.value.args = [inner]
  return expr
}
