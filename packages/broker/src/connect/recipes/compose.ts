import { stringify } from 'yaml'
import { exportedEnvironment, sandboxFolder } from '../exported-environment.ts'
import { environmentFile, exportedFiles } from '../exported-files.ts'
import { endCommand, type Recipe } from '../recipe.ts'

const variablesFile = 'coatcheck.env'

/** A service of a Compose project, by a file that is merged into the project's own. */
export const compose: Recipe = {
  target: 'compose',
  describe(plan) {
    const env = exportedEnvironment(plan)
    const files = exportedFiles(plan)
    const service = {
      env_file: [`./${variablesFile}`],
      volumes: files.map(({ path }) => `./${path}:${sandboxFolder}/${path}:ro`),
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    }
    const override = { services: { agent: service } }
    return {
      target: 'compose',
      fence:
        'Advisory on the default network: a program that ignores the variables reaches the network, without any secret. Give the service a network whose only host is the broker.',
      env,
      files: [
        ...files,
        environmentFile(variablesFile, env),
        { path: 'compose.coatcheck.yaml', content: stringify(override), confidential: false },
      ],
      start: 'docker compose --file compose.yaml --file compose.coatcheck.yaml up --abort-on-container-exit agent',
      teardown: `docker compose down && ${endCommand(plan)}`,
      warnings: ['Rename the service `agent` in compose.coatcheck.yaml to the one that runs your agent.'],
    }
  },
}
