import { runCli } from './run.ts'

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
