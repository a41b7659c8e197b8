import { readFileSync } from 'node:fs'

/**
 * The process that `generations` of only children below `pid` lead to: the program of a sandbox, whose own first process
 * and whose watcher are above it. Undefined when it has ended, or the kernel does not list children.
 */
export function descendant(pid: number, generations: number): number | undefined {
  let at = pid
  for (let i = 0; i < generations; i += 1) {
    try {
      const [child] = readFileSync(`/proc/${at}/task/${at}/children`, 'latin1').trim().split(' ')
      if (!child) return undefined
      at = Number(child)
    } catch {
      return undefined
    }
  }
  return at
}
