import { maxDescriptionBytes, parseDescription, readDescription } from './read-description.ts'

/** What somebody described in a file, or, where `-` stands for one, in what comes by `stdin`. @throws CoatcheckError `request_invalid` */
export async function readDescriptionOr(
  path: string,
  stdin: AsyncIterable<Buffer | string>,
): Promise<Readonly<Record<string, unknown>>> {
  return path === '-' ? parseDescription(await readAll(stdin)) : readDescription(path)
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk))
    length += chunk.length
    if (length > maxDescriptionBytes) break
  }
  return Buffer.concat(chunks)
}
