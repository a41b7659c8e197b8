import { randomBytes } from 'node:crypto'

const blockBytes = 512
const text = (tar: Buffer, from: number, bytes: number) =>
  tar
    .toString('latin1', from, from + bytes)
    .replace(/\0[\s\S]*/, '')
    .trim()

/** A file, a hard link and a symbolic one, which may lead to a file. */
const files = ['', '0', '1', '2']
const pax = 'x'

/** Names of the files in a tar, as far as it goes: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html */
export function filesOf(tar: Buffer): string[] {
  const found: string[] = []
  let long: string | undefined
  for (let at = 0; at + blockBytes <= tar.length; ) {
    const name = text(tar, at, 100)
    const sizeBytes = Number.parseInt(text(tar, at + 124, 12), 8)
    // Zeros end it; a size that is no number of ours is of no extension either.
    if (name === '' || !(sizeBytes >= 0)) break
    const type = text(tar, at + 156, 1)
    const content = tar.toString('utf8', at + blockBytes, at + blockBytes + Math.min(sizeBytes, 65_536))
    if (files.includes(type)) found.push(long ?? name)
    // What comes next has a name that is longer than a header has room for.
    long = type === pax ? /^\d+ path=(.*)$/m.exec(content)?.[1] : undefined
    at += blockBytes + Math.ceil(sizeBytes / blockBytes) * blockBytes
  }
  return found
}

export interface Within {
  /** Paths of its external extensions: what Lambda starts is in /opt/extensions itself. In order of their names. */
  readonly extensions: readonly string[]
  /** Whether it has the shell that starts them (runtimes/container-init.mjs). */
  readonly shell: boolean
}

/**
 * What an image brings beside its program: https://docs.aws.amazon.com/lambda/latest/dg/extensions-configuration.html
 * A container is made to look into, and never started. A sentence when that cannot be done.
 */
export async function lookInto(
  image: string,
  run: (args: readonly string[]) => Promise<{ bytes: Buffer; error?: string }>,
): Promise<Within | string> {
  const name = `landfall-look-${randomBytes(10).toString('hex')}`
  const made = await run(['create', '--pull=never', '--name', name, image, '/landfall-asks'])
  if (made.error !== undefined) return made.error
  try {
    // Large ones are cut off, which leaves their names.
    const names = filesOf((await run(['cp', `${name}:/opt/extensions`, '-'])).bytes)
    const extensions = names.filter((path) => /^extensions\/[^/]+$/.test(path)).map((path) => `/opt/${path}`)
    const shell = extensions.length > 0 && (await run(['cp', `${name}:/bin/sh`, '-'])).bytes.length > 0
    return { extensions: extensions.sort(), shell }
  } finally {
    await run(['rm', '--force', name])
  }
}
