/** Whether a variable of the exported environment is a base URL that the clients of these tests read. */
export function isBaseUrl(name: string): boolean {
  return /_(BASE_URL|API_URL|API_BASE)$/.test(name)
}
