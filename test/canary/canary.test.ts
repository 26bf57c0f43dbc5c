import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { callerKinds } from '../acceptance/caller.ts'
import { mistypedArguments, refusedValues, secretCommands } from './doors/command-line.ts'
import type { Door } from './doors/door.ts'
import { listsAndViews, malformedBodies, wrongFields } from './doors/management-api.ts'
import { Stage } from './stage.ts'

/** Every door. Whoever adds a way in or out adds it here. */
const doors: readonly Door[] = [
  secretCommands,
  refusedValues,
  mistypedArguments,
  malformedBodies,
  wrongFields,
  listsAndViews,
]

for (const { name, skip, make } of callerKinds) {
  describe(`a canary is found nowhere but at the service that it is for, as ${name}`, { skip }, () => {
    let stage: Stage
    before(async () => {
      stage = await Stage.open(make())
    })
    after(() => stage?.[Symbol.asyncDispose]())

    for (const door of doors) {
      test(door.name, async () => {
        await door.walk(stage)
        assert.deepEqual(stage.findings(), [])
      })
    }
  })
}
