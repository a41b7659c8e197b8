import { stat } from 'node:fs/promises'
import { sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Editors that save in place empty the file first: one that was emptied this lately is taken for one half saved. */
const emptyMs = 1_000
const againMs = 20
/** Somebody may write without end: then what was read last has to do. */
const mostReads = 50

/** Whether somebody has emptied the file and not yet written what is to be in it. */
export async function isHalfSaved(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() === true && found.size === 0 && Date.now() - found.mtimeMs < emptyMs
}

/**
 * What `read` makes of files, read again until none of them changed or stood half saved meanwhile. `inputs`: the files
 * that it is known to read before; what it answers names those that it did read. Packages are not looked at: there may
 * be thousands, and nobody edits them.
 */
export async function readSettled<T extends { readonly inputs: ReadonlySet<string> }>(
  inputs: Iterable<string>,
  read: () => Promise<T>,
): Promise<T> {
  let before = await stampsOf(inputs)
  for (let reads = 1; ; reads += 1) {
    // What cannot be made of a file that is half written is no mistake of whoever writes it.
    const made = await read().catch((error: unknown) => ({ error }))
    const after = await stampsOf('error' in made ? before.keys() : made.inputs)
    const same = [...after].every(([path, stamp]) => before.get(path) === stamp)
    if (same || reads === mostReads) {
      const halfSaved = reads < mostReads && (await Promise.all([...after.keys()].map(isHalfSaved))).includes(true)
      if (!halfSaved) {
        if ('error' in made) throw made.error
        return made
      }
    }
    await sleep(againMs)
    before = await stampsOf(after.keys())
  }
}

/** Each file as it is now: which, how large, and when it was written. */
async function stampsOf(paths: Iterable<string>): Promise<ReadonlyMap<string, string>> {
  const own = [...paths].filter((path) => !path.includes(`${sep}node_modules${sep}`))
  const stamps = own.map(async (path) => {
    const found = await stat(path, { bigint: true }).catch(() => undefined)
    return [path, found ? `${found.ino} ${found.size} ${found.mtimeNs}` : 'none'] as const
  })
  return new Map(await Promise.all(stamps))
}
