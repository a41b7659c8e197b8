import { execFileSync, spawn } from 'node:child_process'
import type { EventEmitter } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findContainerEngine } from './container-engine.ts'
import { filesOf } from './container-extensions.ts'

/** Plain JavaScript of the supervisor, which is another program. */
interface Init {
  initArguments(extensions: readonly string[], argv: readonly string[]): string[]
  initProcesses(
    count: number,
    ends: { told: Duplex; orders: Duplex; endOf(code: number): [code: number, signal: null] },
  ): { extensions: Contained[]; runtime: Contained; start(): void }
}
interface Contained extends EventEmitter {
  kill(signal: string): void
}
const program = new URL('./runtimes/container-init.mjs', import.meta.url).href
const { initArguments, initProcesses } = (await import(program)) as Init

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-image-extensions-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

const script = (name: string, text: string, mode = 0o755) => {
  writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`, { mode })
  return join(dir, name)
}

/** Extensions as an engine hands them out. */
function tarOf(names: readonly string[]): Buffer {
  const folder = join(dir, 'tar', 'extensions')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'folder'), { recursive: true })
  for (const name of names) writeFileSync(join(folder, name), name)
  symlinkSync('/opt/elsewhere', join(folder, 'link'))
  return execFileSync('tar', ['--format=pax', '-C', join(dir, 'tar'), '-cf', '-', 'extensions'])
}

test('files and links are extensions, also with long names', () => {
  const long = 'l'.repeat(120)
  expect(filesOf(tarOf(['one', long])).sort()).toEqual(['extensions/link', `extensions/${long}`, 'extensions/one'])
})

test('docker has no channel to start them by', async () => {
  writeFileSync(join(dir, 'image.tar'), tarOf(['one']))
  const image = JSON.stringify([{ Id: `sha256:${'a'.repeat(64)}`, Architecture: 'amd64', Config: {} }])
  const docker = script(
    'docker',
    `case "$1" in version) echo 28.0.0;; image) echo '${image}';; cp) cat ${join(dir, 'image.tar')};; esac`,
  )
  const engine = await findContainerEngine([docker])
  if (typeof engine === 'string') throw new Error(engine)
  expect(await engine.image('app:1')).toEqual({
    problem: 'InvalidImage',
    message: expect.stringMatching(
      /app:1 has extensions \(\/opt\/extensions\/link, \/opt\/extensions\/one\), which docker gives no channel/,
    ),
  })
})

const shells = [['/bin/sh'], ['/bin/bash', '--posix'], ['/bin/busybox', 'sh']].filter(([file = '']) => existsSync(file))
describe.each(shells.map((words) => ({ words, name: words.join(' ') })))('the first process, in $name', ({ words }) => {
  const begin = (extensions: readonly string[], argv: readonly string[]) => {
    const [file = '', ...options] = words
    const child = spawn(file, [...options, ...initArguments(extensions, argv)], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe', 'pipe'],
      env: { PATH: '/nowhere', OF: 'us', _HANDLER: 'app', LAMBDA_TASK_ROOT: '/var/task' },
    })
    const [told, printed, orders] = child.stdio.slice(3) as [Duplex, Duplex, Duplex]
    const seen: string[] = []
    const see = (who: string) => (bytes: Buffer) =>
      void seen.push(
        ...`${bytes}`
          .trim()
          .split('\n')
          .map((line) => `${who}: ${line}`),
      )
    child.stdout?.on('data', see('program'))
    printed.on('data', see('extension'))
    const within = initProcesses(extensions.length, { told, orders, endOf: (code) => [code, null] })
    const ends = [within.runtime, ...within.extensions].map(
      (one) =>
        new Promise((resolve) => {
          one.on('exit', (code: number) => resolve(code))
          one.on('error', ({ code }: { code: string }) => resolve(code))
        }),
    )
    const over = new Promise((resolve) => child.once('exit', resolve))
    return { ...within, ends, seen, over, orders }
  }

  test('starts extensions, then the program when it is told to, and ends with it and them', async () => {
    const one = script('one', 'echo "$OF $_HANDLER$LAMBDA_TASK_ROOT $PWD"; exec /bin/sleep 60')
    const app = script('app', 'echo "$OF $_HANDLER $# $2"; exit 3')
    const init = begin([one], [app, 'a b', '$c'])
    await expect.poll(() => init.seen).toEqual(['extension: us  /'])
    init.start()
    expect(await init.ends[0]).toBe(3)
    await expect.poll(() => init.seen[1]).toBe('program: us app 2 $c')
    init.extensions[0]?.kill('SIGTERM')
    expect(await init.ends[1]).toBe(143)
    init.orders.end()
    expect(await init.over).toBe(3)
  })

  test('says what cannot be started, and who was ended', async () => {
    const denied = script('denied', 'exit 0', 0o644)
    const gone = begin([denied, join(dir, 'none')], [join(dir, 'nothing')])
    gone.start()
    expect(await Promise.all(gone.ends)).toEqual(['ENOENT', 'EACCES', 'ENOENT'])
    gone.orders.end()
    expect(await gone.over).toBe(127)
    const killed = begin([script('quits', 'exit 7')], [script('stays', 'trap "" TERM; echo on; exec /bin/sleep 60')])
    expect(await killed.ends[1]).toBe(7)
    killed.start()
    await expect.poll(() => killed.seen).toEqual(['program: on'])
    killed.runtime.kill('SIGTERM')
    killed.runtime.kill('SIGKILL')
    expect(await killed.ends[0]).toBe(137)
    killed.orders.end()
    expect(await killed.over).toBe(137)
  })
})
