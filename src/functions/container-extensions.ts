import { randomBytes } from 'node:crypto'

const blockBytes = 512
const text = (tar: Buffer, from: number, bytes: number) =>
  tar
    .toString('latin1', from, from + bytes)
    .replace(/\0[\s\S]*/, '')
    .trim()

/** Names of the files in a tar, as far as it goes: https://www.gnu.org/software/tar/manual/html_node/Standard.html */
export function filesOf(tar: Buffer): string[] {
  const found: string[] = []
  for (let at = 0; at + blockBytes <= tar.length; ) {
    const name = text(tar, at, 100)
    const sizeBytes = Number.parseInt(text(tar, at + 124, 12), 8)
    // Zeros end it; a size that is no number of ours is of no extension either.
    if (name === '' || !(sizeBytes >= 0)) break
    if (/^0?$/.test(text(tar, at + 156, 1))) found.push(name)
    at += blockBytes + Math.ceil(sizeBytes / blockBytes) * blockBytes
  }
  return found
}

/**
 * The external extensions that an image brings, which nothing starts in its container: Lambda starts what is executable in
 * /opt/extensions. https://docs.aws.amazon.com/lambda/latest/dg/extensions-configuration.html
 * A container is made to look into, and never started. A sentence when that cannot be done.
 */
export async function extensionsIn(
  image: string,
  run: (args: readonly string[]) => Promise<{ bytes: Buffer; error?: string }>,
): Promise<readonly string[] | string> {
  const name = `landfall-look-${randomBytes(10).toString('hex')}`
  const made = await run(['create', '--pull=never', '--name', name, image, '/landfall-asks'])
  if (made.error !== undefined) return made.error
  try {
    // Large ones are cut off, which leaves their names.
    return filesOf((await run(['cp', `${name}:/opt/extensions`, '-'])).bytes)
  } finally {
    await run(['rm', '--force', name])
  }
}
