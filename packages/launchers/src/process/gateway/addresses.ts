/** Address of the gateway on the sandbox's only link; the resolver answers here. */
export const resolverAddress = '10.255.0.1'

/** Address of the sandbox on that link. */
export const sandboxAddress = '10.255.0.2'

/** Network for synthetic addresses: reserved for benchmarks (RFC 2544), so no real service lives there. */
export const syntheticNetwork = '198.18.0.0/15'
