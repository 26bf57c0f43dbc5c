/** Everything that is known about a registered sandbox when it is connected. */
export interface ConnectPlan {
  readonly sandboxId: string
  readonly name: string
  /** Variables that hold placeholders. */
  readonly placeholders: Readonly<Record<string, string>>
  /** Base-URL variables, with the sandbox's identity in each. */
  readonly baseUrls: Readonly<Record<string, string>>
  /** Where base URLs begin, with the sandbox's identity in it. */
  readonly gatewayUrl: string
  /** Hosts that are not reached through the proxy, because base URLs lead to them: the broker's own, or none. */
  readonly direct: readonly string[]
  /** The forward proxy, with the sandbox's identity in it. */
  readonly proxyUrl: string
  /** The same over SOCKS5, with the identity in it, where the sandbox may speak that in clear text. */
  readonly socksUrl?: string
  /** Certificate of the sandbox's own authority, PEM. */
  readonly ca: string
  /** Roots of this machine and further ones, without the sandbox's authority; PEM blocks. */
  readonly roots: readonly string[]
  readonly expiresAt: string
}
