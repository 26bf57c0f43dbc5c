const patienceMs = 1_000
const redrawEveryMs = 250
const frames = ['.  ', '.. ', '...']

/** Waits; on a terminal, a line says for what as soon as that takes longer than a second, and goes away with the wait. */
export async function whileWaiting<Result>(
  stream: NodeJS.WriteStream,
  label: string,
  work: Promise<Result>,
): Promise<Result> {
  if (!stream.isTTY) return work
  const begunAt = performance.now()
  let drawn = 0
  const timer = setInterval(() => {
    if (performance.now() - begunAt < patienceMs) return
    stream.write(`\r${label}${frames[drawn++ % frames.length]}`)
  }, redrawEveryMs)
  try {
    return await work
  } finally {
    clearInterval(timer)
    if (drawn > 0) stream.write(`\r${' '.repeat(label.length + 3)}\r`)
  }
}
