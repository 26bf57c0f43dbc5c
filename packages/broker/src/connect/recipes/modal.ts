import { exportedEnvironment } from '../exported-environment.ts'
import { exportedFiles } from '../exported-files.ts'
import { endCommand, type Recipe } from '../recipe.ts'

/** A sandbox of Modal, from its Python client. */
export const modal: Recipe = {
  target: 'modal',
  describe(plan) {
    const env = exportedEnvironment(plan)
    const { hostname } = new URL(plan.proxyUrl)
    return {
      target: 'modal',
      fence:
        'The CIDR allow list is the fence, outside the sandbox: it must hold the broker’s address and nothing else.',
      env,
      files: [
        ...exportedFiles(plan),
        { path: 'environment.json', content: `${JSON.stringify(env, null, 2)}\n`, confidential: true },
      ],
      start: [
        'import json, pathlib, socket',
        'import modal',
        '',
        'env = json.loads(pathlib.Path("environment.json").read_text())',
        `broker = socket.gethostbyname("${hostname}")`,
        'image = modal.Image.debian_slim().add_local_dir(".", "/coatcheck", ignore=["environment.json"])',
        'app = modal.App.lookup("coatcheck", create_if_missing=True)',
        'sandbox = modal.Sandbox.create(',
        '    app=app,',
        '    image=image,',
        '    secrets=[modal.Secret.from_dict(env)],',
        '    cidr_allowlist=[f"{broker}/32"],',
        ')',
      ].join('\n'),
      teardown: [
        'import subprocess',
        '',
        'try:',
        '    sandbox.wait()',
        'finally:',
        '    sandbox.terminate()',
        `    subprocess.run(${JSON.stringify(endCommand(plan).split(' '))}, check=True)`,
      ].join('\n'),
      warnings: ['Written from the documentation of Modal’s client; it could not be tried against the service.'],
    }
  },
}
