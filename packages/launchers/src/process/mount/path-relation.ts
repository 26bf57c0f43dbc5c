/** Whether a normal absolute path is the folder itself or lies in it. */
export function liesIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)
}

/** The path and every folder above it, nearest first, ending with `/`. */
export function selfAndAncestors(path: string): string[] {
  const chain = [path]
  for (let at = path; at !== '/'; ) {
    at = at.slice(0, at.lastIndexOf('/')) || '/'
    chain.push(at)
  }
  return chain
}
