/**
 * Completes package-lock.json after a dependency changed. npm leaves out the packages for other platforms that the
 * registry at hand does not have, and then refuses the lockfile it wrote ("Missing: … from lock file"). They are added
 * by name and version; without an integrity, which only a registry that has them can tell.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup.mjs'

const platform = /-(?<os>android|darwin|linux|win32)-(?<cpu>x64|arm64|arm)(?<musl>-musl)?$/

const path = join(root, 'package-lock.json')
const lock = JSON.parse(readFileSync(path, 'utf8'))
const missing = {}
for (const [parent, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (`node_modules/${name}` in lock.packages || `${parent}/node_modules/${name}` in lock.packages) continue
    const found = platform.exec(name)?.groups
    if (!found) throw new Error(`${name} is optional, missing, and names no platform: add it with npm install.`)
    missing[`node_modules/${name}`] = {
      version,
      cpu: [found.cpu],
      ...(entry.dev ? { dev: true } : {}),
      ...(found.musl ? { libc: ['musl'] } : {}),
      optional: true,
      os: [found.os],
    }
  }
}
lock.packages = Object.fromEntries(
  Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => a.localeCompare(b, 'en')),
)
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(`added ${Object.keys(missing).length} packages of other platforms\n`)
