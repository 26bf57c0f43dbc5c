/** A field name as gateways see it: without case, and `_` is `-` behind CGI. */
export function canonicalFieldName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}

/** A parameter name without case and separators: `api_key`, `api-key` and `apiKey` are one. */
export function canonicalParameterName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}
