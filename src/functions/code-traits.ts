import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What can be told of a package without running it. */
export interface CodeTraits {
  /** SDK packages it will ask the runtime for: `@aws-sdk/client-s3`, … imported, and not in the package itself. Sorted. */
  readonly sdkPackages: readonly string[]
  /** It names the variable by which the Runtime and Extensions APIs are found: an internal extension. */
  readonly usesRuntimeApi: boolean
  /** Its layers bring external extensions. */
  readonly extensions?: boolean
}

const mentions = /(?:require\(\s*|from\s*|import\s*\(?\s*)["'](@aws-sdk\/[a-z0-9-]+)["']/g
const runtimeApi = 'AWS_LAMBDA_RUNTIME_API'
const scanned = { files: 200, bytes: 4_000_000, depth: 6 } as const

/** What a scan has found, and how much more it may read. */
interface Scan {
  files: number
  bytes: number
  usesRuntimeApi: boolean
  readonly sdkPackages: Set<string>
}

/**
 * Looks through a package's own JavaScript and Python, within bounds, for imports of the SDK and for internal
 * extensions. It does not parse: an SDK package that it misses costs time at a cold start and nothing else.
 */
export async function readTraits(dir: string): Promise<CodeTraits> {
  const bundled = await stat(join(dir, 'node_modules', '@aws-sdk')).then(
    () => true,
    () => false,
  )
  const found: Scan = { files: scanned.files, bytes: scanned.bytes, usesRuntimeApi: false, sdkPackages: new Set() }
  await scan(dir, 0, found)
  return { sdkPackages: bundled ? [] : [...found.sdkPackages].sort(), usesRuntimeApi: found.usesRuntimeApi }
}

/** Whether a folder of layers brings external extensions. */
export async function bringsExtensions(layersDir: string | undefined): Promise<boolean> {
  if (layersDir === undefined) return false
  const entries = await readdir(join(layersDir, 'extensions')).catch(() => [])
  return entries.length > 0
}

async function scan(dir: string, depth: number, found: Scan) {
  if (depth > scanned.depth) return
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (found.files <= 0 || found.bytes <= 0) return
    if (entry.isDirectory() && entry.name !== 'node_modules') {
      await scan(join(dir, entry.name), depth + 1, found)
    } else if (entry.isFile() && /\.([cm]?js|py)$/.test(entry.name)) {
      const path = join(dir, entry.name)
      const { size } = await stat(path)
      found.files -= 1
      found.bytes -= size
      if (found.bytes < 0) return
      const text = await readFile(path, 'latin1')
      found.usesRuntimeApi ||= text.includes(runtimeApi)
      for (const match of text.matchAll(mentions)) found.sdkPackages.add(match[1] as string)
    }
  }
}
