import { exportedEnvironment, sandboxFolder } from '../exported-environment.ts'
import { environmentFile, exportedFiles } from '../exported-files.ts'
import { firewallFile, firewallPath } from '../firewall.ts'
import { endCommand, type Recipe } from '../recipe.ts'

const variablesFile = 'coatcheck.env'

/** A container that Docker or Podman runs. */
export const docker: Recipe = {
  target: 'docker',
  describe(plan) {
    const env = exportedEnvironment(plan)
    const files = exportedFiles(plan)
    const name = `coatcheck-${plan.sandboxId.replace('_', '-')}`
    return {
      target: 'docker',
      fence: `Advisory on the default network: a program that ignores the variables reaches the network, without any secret. For a network of its own, ${firewallPath} lets nothing out but the broker.`,
      env,
      files: [...files, firewallFile(plan, 'interface'), environmentFile(variablesFile, env)],
      start: [
        '#!/bin/sh',
        '# Run in the folder of these files: sh start.sh IMAGE [COMMAND ...]',
        'set -eu',
        `docker run --rm --name ${name} --env-file ${variablesFile} \\`,
        ...files.map(({ path }) => `  --volume "$PWD/${path}:${sandboxFolder}/${path}:ro" \\`),
        '  --cap-drop ALL --security-opt no-new-privileges "$@"',
      ].join('\n'),
      teardown: [
        '#!/bin/sh',
        '# Start beside the container: ends the sandbox here as soon as it ends there.',
        `docker wait ${name} && ${endCommand(plan)}`,
      ].join('\n'),
      warnings: [
        'An --internal network is no fence: services of the host answer on it, and its resolver forwards names.',
        'The variables are in `docker inspect`, for whoever may talk to the Docker daemon.',
      ],
    }
  },
}
