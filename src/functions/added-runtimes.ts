import { copyFile, link, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Isolation } from './isolation.ts'
import type { Language } from './languages.ts'

/** Shows instances what `landfall runtimes add` brought: they see of the host the code store, and what is linked there. */
export interface AddedRuntimes {
  /** The language with its paths as instances see them. */
  shown(language: Language): Promise<Language>
}

/** `codeRoot`: the folder of extracted code, as the node sees it. Links there cost nothing; other file systems are copied from. */
export function createAddedRuntimes(codeRoot: string, isolation: Isolation): AddedRuntimes {
  const brought = new Map<string, Promise<void>>()
  const bring = async (from: string, to: string) => {
    await rm(`${to}-new`, { recursive: true, force: true })
    await linkTree(from, `${to}-new`)
    await rename(`${to}-new`, to)
  }
  return {
    async shown(language) {
      const { added, program } = language
      if (added === undefined) return language
      const name = `runtime-${basename(added)}-${language.version?.replaceAll(/[^\w.]+/g, '-') ?? ''}`
      let bringing = brought.get(name)
      if (!bringing) {
        bringing = bring(added, join(codeRoot, name))
        brought.set(name, bringing)
        bringing.catch(() => brought.delete(name))
      }
      await bringing
      const inside = join(isolation.inside.codeRoot, name)
      const inAdded = program?.startsWith(`${added}/`)
      return { ...language, added: inside, ...(inAdded && { program: inside + program?.slice(added.length) }) }
    },
  }
}

async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o755 })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await linkTree(source, target)
    else if (entry.isFile()) await link(source, target).catch(() => copyFile(source, target))
  }
}
