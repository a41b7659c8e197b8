import type { Ctx } from '../../kernel/context.ts'
import { exportNames } from '../../stacks/outputs.ts'
import { Unresolved } from '../../stacks/value.ts'
import { type Export, exported } from './state.ts'

/** Answers an export, that there is none, or that it has not been read yet. */
export type Look = (name: string) => Export | Unresolved | undefined

/** Names that are made of other exports take another time each. The real service does not have them. */
const mostTimes = 4

/**
 * What `work` comes to with the exports that it asks for. Only evaluation says which they are: it is done again with
 * those that it asked for, so that an account may have any number of others. Throws what it throws the last time.
 */
export async function withExports<T>(ctx: Ctx, work: (look: Look) => T): Promise<T> {
  const read = new Map<string, Export | undefined>()
  for (let time = 1; ; time++) {
    const unread = new Set<string>()
    const look: Look = (name) => {
      if (read.has(name)) return read.get(name)
      unread.add(name)
      return time < mostTimes ? new Unresolved([name]) : undefined
    }
    try {
      const found = work(look)
      if (unread.size === 0) return found
    } catch (error) {
      if (unread.size === 0 || time === mostTimes) throw error
    }
    for (const name of unread) read.set(name, undefined)
    const names = [...unread].filter((name) => exportNames.test(name))
    const found = await ctx.read((tx) => tx.getMany(names.map((name) => exported(name))))
    for (const [index, name] of names.entries()) read.set(name, found[index])
  }
}
