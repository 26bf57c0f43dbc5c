/** What may stand between `//` and the path; user information is refused (RFC 9110 §4.2.4). */
const authority = "[A-Za-z0-9._~%!$&'()*+,;=:[\\]-]+"
const absoluteForm = new RegExp(`^https?://${authority}(?:[/?]|$)`, 'i')
const authorityForm = new RegExp(`^${authority}$`)
const slash = 0x2f

/** Whether a target has one of the forms that its method allows, RFC 9112 §3.2. What it names is for others to judge. */
export function isRequestTarget(method: string, target: string): boolean {
  if (method === 'CONNECT') return authorityForm.test(target)
  if (target.charCodeAt(0) === slash) return true
  return target === '*' ? method === 'OPTIONS' : absoluteForm.test(target)
}
