import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What can be told of a package without running it: which SDK packages it will ask the runtime for. */
export interface CodeTraits {
  /** `@aws-sdk/client-s3`, …: imported, and not in the package itself. Sorted. */
  readonly sdkPackages: readonly string[]
}

const mentions = /(?:require\(\s*|from\s*|import\s*\(?\s*)["'](@aws-sdk\/[a-z0-9-]+)["']/g
const scanned = { files: 200, bytes: 4_000_000, depth: 6 } as const

/**
 * Looks through a package's own JavaScript, within bounds, for imports of the SDK. A wrong answer costs time at a cold
 * start and nothing else, so it does not parse.
 */
export async function readTraits(dir: string): Promise<CodeTraits> {
  const bundled = await stat(join(dir, 'node_modules', '@aws-sdk')).then(
    () => true,
    () => false,
  )
  if (bundled) return { sdkPackages: [] }
  const found = new Set<string>()
  const left = { files: scanned.files, bytes: scanned.bytes }
  await scan(dir, 0, left, found)
  return { sdkPackages: [...found].sort() }
}

async function scan(dir: string, depth: number, left: { files: number; bytes: number }, found: Set<string>) {
  if (depth > scanned.depth) return
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (left.files <= 0 || left.bytes <= 0) return
    if (entry.isDirectory() && entry.name !== 'node_modules') {
      await scan(join(dir, entry.name), depth + 1, left, found)
    } else if (entry.isFile() && /\.[cm]?js$/.test(entry.name)) {
      const path = join(dir, entry.name)
      const { size } = await stat(path)
      left.files -= 1
      left.bytes -= size
      if (left.bytes < 0) return
      for (const match of (await readFile(path, 'latin1')).matchAll(mentions)) found.add(match[1] as string)
    }
  }
}
