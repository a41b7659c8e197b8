// Node's own cache of what it compiles is a folder of files, one for each file of code, whose names and contents are its
// own affair. It is given one in the instance's `/tmp`, which is there only while Node reads or writes it: functions see an
// empty `/tmp`.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import module from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Less is compiled sooner than looked up. */
const leastBytes = 8_192
/** Asked before a function's environment may name another. */
const temporary = tmpdir()

/** Has Node use what is `kept` (bytes by name) from now on. Undefined where it cannot. */
export function useNodeCache(kept) {
  try {
    const dir = mkdtempSync(join(temporary, 'compiled-'))
    module.enableCompileCache(dir)
    // A folder in it, for this version and user.
    const directory = module.getCompileCacheDir()
    if (!directory?.startsWith(dir)) return undefined
    for (const [name, bytes] of kept) writeFileSync(join(directory, name), bytes)
    const hide = () => rmSync(dir, { recursive: true, force: true })
    return {
      hide,
      /** `[name, null, bytes]` for each file of code that was compiled by now; none when all of it is little. */
      taken() {
        try {
          mkdirSync(directory, { recursive: true })
          module.flushCompileCache()
          const found = readdirSync(directory).map((name) => [name, null, readFileSync(join(directory, name))])
          return found.reduce((sum, [, , bytes]) => sum + bytes.length, 0) < leastBytes ? [] : found
        } catch {
          // There is no room in `/tmp`.
          return []
        } finally {
          hide()
        }
      },
    }
  } catch {
    // It saves time and nothing else.
    return undefined
  }
}
