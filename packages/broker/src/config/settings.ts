/** Where a door listens. */
export interface ListenAddress {
  /** IP literal, or `localhost`. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
}

/** A door for others than the owner of the home. Off loopback it speaks TLS only. */
export interface DoorSettings {
  readonly listen: ListenAddress
  /** PEM files of the certificate chain and its private key. */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string }
  /** How the door is called from elsewhere, as a URL; made from `listen` when absent. */
  readonly publicUrl?: string
}

/** The door for registered sandboxes. */
export interface ProxyDoorSettings extends DoorSettings {
  /** Serve SOCKS5 in clear text off loopback, to sandboxes whose `from` names addresses, for platforms that cannot speak TLS to a proxy. */
  readonly socksClear?: boolean
  /**
   * `ADDRESS[:FIRST-LAST]`, IPv4: where connections come in that speak no HTTP, such as those of databases. Absent: on loopback, where
   * `listen` is.
   */
  readonly connections?: string
}

/** What an operator decides about a broker, beside its home. */
export interface BrokerSettings {
  /** Forward proxy, base URLs and agent door for registered sandboxes, on one port. */
  readonly proxy?: ProxyDoorSettings
  /** The management API over TCP, for tokens. */
  readonly api?: DoorSettings
  /** `http://[user:password@]host:port` of a proxy through which every service is reached; false: none, whatever the home says. */
  readonly upstreamProxy?: string | false
  /** File that holds such a URL, so that a password stands on no command line; read instead of `upstreamProxy`. */
  readonly upstreamProxyFile?: string
  /** Hosts, and suffixes such as `.example.com`, that are reached without the proxy. */
  readonly upstreamProxyExcept?: readonly string[]
  /** PEM file of further root certificates for every service. */
  readonly rootsFile?: string
  /** Longest body of a request, and of a response, in bytes; as long as they like when absent. */
  readonly maxRequestBytes?: number
  readonly maxResponseBytes?: number
  /** How HTTP is spoken: by the product’s own plane, or by the one that it is measured against; its own when absent. */
  readonly httpPlane?: 'own' | 'reference'
  /** File that holds the passphrase of the key-encryption key, where the key file asks for one. */
  readonly passphraseFile?: string
  /** File of sources, YAML; that of the home when absent. */
  readonly sourcesFile?: string
  /** Threads that carry the traffic of registered sandboxes; absent: none, the main thread does. Linux only. */
  readonly workers?: number
}
