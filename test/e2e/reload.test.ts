import { readdir, readFile, readlink, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { background } from './process.ts'

/** How often code changes: LANDFALL_RELOADS=1000 is the long run. */
const reloads = Number(process.env.LANDFALL_RELOADS ?? (process.env.CI ? 100 : 40))
const perReloadMs = 3_000

interface Event {
  readonly event: string
  readonly routes: readonly { readonly url: string }[]
  readonly functions: readonly string[]
  readonly tookMs: number
}

const service = `service: reloaded
provider:
  name: aws
  runtime: nodejs22.x
functions:
  count:
    handler: count.handler
    events:
      - httpApi: GET /count
`
const source = (version: number) => `let calls = 0
exports.handler = async () => ({ version: ${version}, calls: ++calls })
`

/** How editors save; whatever they do is one update, of the whole file. */
const editors: readonly ((path: string, text: string, elsewhere: string) => Promise<void>)[] = [
  async (path, text, elsewhere) => {
    await writeFile(join(elsewhere, 'new'), text)
    await rename(join(elsewhere, 'new'), path)
  },
  (path, text) => writeFile(path, text),
  (path, text) => writeFile(path, text),
  async (path, text) => {
    await truncate(path)
    await sleep(80)
    await writeFile(path, text, { flag: 'r+' })
  },
]

/** What a process holds that it may forget to let go of. */
async function holdings(pid: number, data: string) {
  const children: number[] = []
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) && (await readFile(`/proc/${name}/stat`, 'utf8').catch(() => ''))
    // After the name of the program, which may hold anything: state and parent.
    if (stat && Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid) children.push(Number(name))
  }
  const descriptors = await readdir(`/proc/${pid}/fd`)
  const watched = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
  // Not VmRSS: pages of the store's file, which grows with all that is logged and counted, are the kernel's to let go of.
  const anonymous = /^RssAnon:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  const folders = async (path: string) => readdir(join(data, 'functions', path)).catch(() => [])
  // The packages are in a folder whose name cannot be guessed.
  const packages = await Promise.all((await folders('code')).map((name) => folders(join('code', name))))
  return {
    children: children.length,
    descriptors: watched.filter((target) => target !== '').length,
    instances: (await folders('instances')).length,
    code: packages.flat().length,
    anonymousMb: Number(anonymous) / 1024,
  }
}

test(`${reloads} updates leave the newest code running, and nothing of the others behind`, {
  timeout: 120_000 + reloads * perReloadMs,
}, async () => {
  await using folder = await temporaryFolder()
  await using data = await temporaryFolder()
  await writeFile(join(folder.path, 'serverless.yml'), service)
  await writeFile(join(folder.path, 'count.js'), source(0))
  await using dev = background(['dev', folder.path, '--port', '0', '--no-isolation', '--data', data.path])
  const { routes } = await dev.line<Event>(({ event }) => event === 'deployed')
  const { url } = routes[0]!
  const call = async () => (await (await fetch(url)).json()) as { version: number; calls: number }
  expect(await call()).toEqual({ version: 0, calls: 1 })

  let updates = 0
  const seen: Awaited<ReturnType<typeof holdings>>[] = []
  for (let version = 1; version <= reloads; version++) {
    const save = editors[version % editors.length]!
    await save(join(folder.path, 'count.js'), source(version), data.path)
    await dev.next<Event>(({ event }) => event === 'updated')
    updates++
    // An instance of the new code, and the same one the next time.
    expect(await call(), dev.err).toEqual({ version, calls: 1 })
    if (version % 3 === 0) expect(await call()).toEqual({ version, calls: 2 })
    if (version % Math.ceil(reloads / 10) === 0) seen.push(await holdings(dev.child.pid!, data.path))
  }
  expect(updates).toBe(reloads)

  // What is on its way out is given time; what stays is bounded, however many updates there were.
  const [early] = seen
  // The last 64 packages, and what was compiled of each.
  const mostCode = 140
  await expect
    .poll(() => holdings(dev.child.pid!, data.path), { timeout: 45_000, interval: 500 })
    .toSatisfy((now: (typeof seen)[number]) => {
      return (
        now.children <= 6 && now.instances <= 8 && now.code <= mostCode && now.descriptors <= early!.descriptors + 20
      )
    })
  const last = await holdings(dev.child.pid!, data.path)
  if (reloads >= 500) {
    const half = seen[Math.floor(seen.length / 2)]!
    const perReloadKb = ((last.anonymousMb - half.anonymousMb) * 1024) / (reloads / 2)
    console.log(JSON.stringify({ reloads, perReloadKb, seen, last }))
    expect(perReloadKb).toBeLessThan(32)
  }
  expect(await dev.stop('SIGINT')).toBe(0)
})
