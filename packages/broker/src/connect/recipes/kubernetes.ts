import { stringify } from 'yaml'
import type { ConnectPlan } from '../connect-plan.ts'
import { exportedEnvironment, sandboxFolder } from '../exported-environment.ts'
import { exportedFiles } from '../exported-files.ts'
import { endCommand, endItself, type Recipe } from '../recipe.ts'

/** A pod: Secret and ConfigMap for the container, a NetworkPolicy that leaves the broker as its only way out. */
export const kubernetes: Recipe = {
  target: 'kubernetes',
  describe(plan) {
    const env = exportedEnvironment(plan)
    const name = `coatcheck-${plan.sandboxId.replace('_', '-').toLowerCase()}`
    return {
      target: 'kubernetes',
      fence:
        'The NetworkPolicy is the fence, where the cluster’s network plug-in enforces it; try it from inside. Without it: advisory.',
      env,
      files: [
        ...exportedFiles(plan),
        { path: 'coatcheck.yaml', content: manifests(plan, name, env), confidential: true },
        { path: 'pod-patch.yaml', content: podPatch(name), confidential: false },
      ],
      start: `kubectl apply --filename coatcheck.yaml && kubectl patch deployment YOUR-AGENT --patch-file pod-patch.yaml`,
      teardown: `kubectl delete --filename coatcheck.yaml --wait=false; ${endCommand(plan)}`,
      warnings: [
        'Replace 192.0.2.1/32 in the NetworkPolicy by the address of the broker as pods see it.',
        'The pod ends its sandbox when it is stopped, if it has curl; what ends by itself is ended by the command above.',
        'One sandbox is one identity: replicas of a Deployment that share it are refused from the second address on.',
      ],
    }
  },
}

function manifests(plan: ConnectPlan, name: string, env: Readonly<Record<string, string>>): string {
  const metadata = { name, labels: { 'coatcheck.dev/sandbox': plan.sandboxId } }
  const files = exportedFiles(plan)
  const contents = (isBinary: boolean) =>
    Object.fromEntries(
      files.filter(({ encoding }) => (encoding !== undefined) === isBinary).map(({ path, content }) => [path, content]),
    )
  const { port } = new URL(plan.proxyUrl)
  const objects = [
    { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData: env },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: contents(false), binaryData: contents(true) },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      spec: {
        podSelector: { matchLabels: { 'coatcheck.dev/sandbox': plan.sandboxId } },
        policyTypes: ['Ingress', 'Egress'],
        // SECURITY: no rule for DNS. The proxy resolves names, and a resolver that forwards is a way out.
        egress: [
          { to: [{ ipBlock: { cidr: '192.0.2.1/32' } }], ports: [{ protocol: 'TCP', port: Number(port || 443) }] },
        ],
      },
    },
  ]
  return objects.map((object) => stringify(object)).join('---\n')
}

function podPatch(name: string): string {
  const container = {
    name: 'agent',
    envFrom: [{ secretRef: { name } }],
    lifecycle: { preStop: { exec: { command: ['sh', '-c', endItself] } } },
    volumeMounts: [{ name: 'coatcheck', mountPath: sandboxFolder, readOnly: true }],
  }
  const spec = {
    // The token of the cluster's own API is a credential that the agent has no use for.
    automountServiceAccountToken: false,
    containers: [container],
    volumes: [{ name: 'coatcheck', configMap: { name } }],
  }
  return stringify({ spec: { template: { spec } } })
}
