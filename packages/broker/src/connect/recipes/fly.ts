import { exportedEnvironment, sandboxFolder } from '../exported-environment.ts'
import { exportedFiles } from '../exported-files.ts'
import { endCommand, type Recipe } from '../recipe.ts'

/** A machine of Fly, by its Machines API. */
export const fly: Recipe = {
  target: 'fly',
  describe(plan) {
    const env = exportedEnvironment(plan)
    const files = exportedFiles(plan)
    const machine = {
      name: `coatcheck-${plan.sandboxId.replace('_', '-').toLowerCase()}`,
      config: {
        image: 'YOUR-IMAGE',
        auto_destroy: true,
        restart: { policy: 'no' },
        env,
        files: files.map(({ path, content, encoding }) => ({
          guest_path: `${sandboxFolder}/${path}`,
          raw_value: Buffer.from(content, encoding).toString('base64'),
        })),
      },
    }
    return {
      target: 'fly',
      fence:
        'Advisory: Fly’s machines reach the network, and a program that ignores the variables does so without any secret.',
      env,
      files: [...files, { path: 'machine.json', content: `${JSON.stringify(machine, null, 2)}\n`, confidential: true }],
      start: [
        '#!/bin/sh',
        '# Run in the folder of these files. FLY_API_TOKEN stays with you; it never goes into the machine.',
        'set -eu',
        'curl --fail-with-body --silent --show-error --header @- --json @machine.json \\',
        '  "https://api.machines.dev/v1/apps/$FLY_APP/machines" <<END',
        'Authorization: Bearer $FLY_API_TOKEN',
        'END',
      ].join('\n'),
      teardown: [
        '#!/bin/sh',
        '# MACHINE is the `id` of the reply. Returns when the machine has ended, whatever ended it.',
        'set -eu',
        'until curl --fail --silent --header @- "https://api.machines.dev/v1/apps/$FLY_APP/machines/$MACHINE/wait?state=destroyed&timeout=60" <<END',
        'Authorization: Bearer $FLY_API_TOKEN',
        'END',
        'do sleep 1; done',
        endCommand(plan),
      ].join('\n'),
      warnings: ['Written from the documentation of Fly’s Machines API; it could not be tried against the service.'],
    }
  },
}
