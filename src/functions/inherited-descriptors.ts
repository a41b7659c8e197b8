import { readdir, readFile, readlink, stat } from 'node:fs/promises'

/** A descriptor by number and by what it is open on, so that another of the same number is not taken for it. */
export type Inherited = readonly [fd: number, dev: number, ino: number]

/**
 * Descriptors above the channel's that this process hands to its children: those it was itself started with. Node marks
 * its own so that they are not; devices and event queues, which nothing can be learnt from, are left out.
 */
export async function inheritedDescriptors(): Promise<Inherited[]> {
  const names = await readdir('/proc/self/fdinfo').catch(() => [])
  const found: Inherited[] = []
  for (const name of names) {
    const fd = Number(name)
    // Those that the looking itself opens are gone again.
    const info = await readFile(`/proc/self/fdinfo/${name}`, 'latin1').catch(() => '')
    const target = await readlink(`/proc/self/fd/${name}`).catch(() => '')
    const at = await stat(`/proc/self/fd/${name}`).catch(() => undefined)
    const flags = /^flags:\s+([0-7]+)/m.exec(info)?.[1]
    const closeOnExec = 0o2000000
    if (fd <= 4 || !flags || (Number.parseInt(flags, 8) & closeOnExec) !== 0) continue
    if (at && !at.isCharacterDevice() && !target.startsWith('anon_inode:')) found.push([fd, at.dev, at.ino])
  }
  return found
}
