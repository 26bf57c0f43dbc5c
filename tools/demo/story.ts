import { styleText } from 'node:util'
import type { Fact } from './facts.ts'
import type { Evidence } from './play.ts'
import type { Scene } from './scene.ts'

const chapters: Readonly<Record<Fact['chapter'], string>> = {
  work: 'The agent works',
  attack: 'The agent turns hostile',
  record: 'What the operator has',
}

/** The line between what was shown and what was not. */
const honest = `Not shown: a granted service that sends the key back. It is searched for, and the placeholder comes in its stead;
what is not found says docs/scrubbing.md.`

/** The demo as a person reads it. */
export function tellStory(scene: Scene, evidence: Evidence, facts: readonly Fact[]): string {
  return [
    setting(scene, evidence),
    ...(['work', 'attack', 'record'] as const).map((chapter) => tellChapter(chapter, facts)),
    honest,
    verdict(facts),
  ].join('\n\n')
}

function setting({ secrets }: Scene, { work }: Evidence): string {
  const variables = work.steps.get('environment')?.variables ?? {}
  const rows = secrets.map(({ env, host, key }) => {
    const inside = variables[env] ?? '(nothing)'
    return `  ${env.padEnd(18)} ${cut(inside).padEnd(26)} ${cut(key.value).padEnd(26)} ${host}`
  })
  const head = `  ${'variable'.padEnd(18)} ${'in the sandbox'.padEnd(26)} ${'at the service'.padEnd(26)} service`
  return [
    styleText('bold', 'Four keys, four services on this machine that accept nothing else, one sandbox'),
    styleText('dim', head),
    ...rows,
  ].join('\n')
}

function cut(text: string): string {
  return text.length <= 24 ? text : `${text.slice(0, 23)}…`
}

function tellChapter(chapter: Fact['chapter'], facts: readonly Fact[]): string {
  const lines = facts
    .filter((fact) => fact.chapter === chapter)
    .map(({ claim, holds, seen }) => {
      const mark = holds ? styleText('green', '✔') : styleText('red', '✖')
      return `  ${mark} ${claim} ${styleText('dim', `(${seen})`)}`
    })
  return [styleText('bold', chapters[chapter]), ...lines].join('\n')
}

function verdict(facts: readonly Fact[]): string {
  const wrong = facts.filter(({ holds }) => !holds)
  if (wrong.length === 0) return styleText('green', `All ${facts.length} facts hold.`)
  return styleText(
    'red',
    `${wrong.length} of ${facts.length} facts do not hold: ${wrong.map(({ id }) => id).join(', ')}.`,
  )
}
