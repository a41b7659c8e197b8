import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Made by the build of a checkout: what is loaded from here on is compiled once. An installed package writes nothing
// outside of its data folder and has none.
const compiled = fileURLToPath(new URL('.compiled', import.meta.url))
if (existsSync(compiled)) enableCompileCache(compiled)

const { runCli } = await import('./run.ts')
const stop = new AbortController()
let asked = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second time is an order.
    if (asked) process.exit(signal === 'SIGINT' ? 130 : 143)
    asked = true
    stop.abort(new Error(`stopped by ${signal}`))
  })
}

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
})
