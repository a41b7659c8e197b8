import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closedToOthers } from './isolation.ts'
import { type Fixture, programsNamed, startRunner } from './runner.fixture.ts'

/**
 * What code in a sandbox may not do, tried from inside. Attempts read or open, or call what fails before it changes
 * anything; nothing outside of the function's own `/tmp` would be changed by one that succeeded.
 */
const f: Fixture = await startRunner()
const { kind, reason } = f.runner.isolation
afterAll(() => f[Symbol.asyncDispose]())

const sandboxed = kind === 'bubblewrap'
if (!sandboxed) console.warn(`escape suite skipped: this host gives functions no sandbox (${reason})`)

/** Runs `body` as a handler with `attempt(fn)`, which tells what `fn` returned or the code it failed with. */
const tried = async (body: string, event: unknown = {}, more: Parameters<Fixture['spec']>[1] = {}) => {
  const code = `
    const fs = require('fs')
    const attempt = (fn) => { try { fn(); return 'done' } catch (error) { return error.code ?? String(error) } }
    exports.handler = async (event) => { ${body} }`
  return f.run(await f.spec({ 'index.js': code }, more), event)
}

/** Calls system calls by number through ctypes; each entry tells the error's name, or `done`. */
const python = (calls: string) => `
import ctypes, errno, os, platform
libc = ctypes.CDLL(None, use_errno=True)
x64 = platform.machine() == 'x86_64'
def call(x, arm, *args):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(x if x64 else arm), *[ctypes.c_void_p(a) if isinstance(a, int) else a for a in args])
    return 'done' if result >= 0 else errno.errorcode[ctypes.get_errno()]
def attempt(fn):
    try:
        fn()
        return 'done'
    except OSError as error:
        return errno.errorcode[error.errno]
def handler(event, context):
${calls
  .trim()
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
`
const inPython = async (calls: string, event: unknown = {}) => {
  const more = { runtime: 'python3.12', handler: 'app.handler' }
  return (await f.run(await f.spec({ 'app.py': python(calls) }, more), event)).value
}

test('the host gives functions a sandbox, or the reason is told', () => {
  expect(reason).toMatch(sandboxed ? /sandbox \(bubblewrap, seccomp\)/ : /no sandbox: ./)
})

// On a machine that does all tests (CI) it has to be there: the suite runs, and fails.
describe.runIf(sandboxed || process.env.CI !== undefined)('from inside the sandbox', () => {
  let neighbour: { real: string; pid: number }
  beforeAll(async () => {
    await mkdir(join(f.dir, 'data'), { recursive: true })
    await writeFile(join(f.dir, 'data', 'secret'), 'secret', { mode: 0o666 })
    const spec = await f.spec({
      'index.js': `process.title = 'landfall-escape-neighbour'
        exports.handler = async () => require('fs').realpathSync(__dirname)`,
    })
    const { value } = await f.run(spec)
    const [pid] = await programsNamed('landfall-escape-neighbour')
    neighbour = { real: value as string, pid: pid as number }
    expect(neighbour.pid).toBeGreaterThan(2)
  })

  test('files: the data folder, the checkout, homes and the host’s configuration are not there', async () => {
    const paths = [
      ...[f.dir, join(f.dir, 'data', 'secret'), join(f.dir, 'functions'), import.meta.filename, process.cwd()],
      ...[
        '/root',
        '/home',
        '/mnt',
        '/srv',
        '/run',
        '/sys',
        '/boot',
        '/etc/shadow',
        '/etc/hostname',
        '/etc/ssl/private',
      ],
      ...['/var/lib', '/var/log', '/var/run', '/dev/mem', '/dev/kmsg', '/dev/sda', '/dev/vda', '/dev/fuse', '/dev/kvm'],
    ]
    const { value } = await tried('return event.map((path) => attempt(() => fs.statSync(path)))', paths)
    expect(value).toEqual(paths.map(() => 'ENOENT'))
  })

  test('files: other functions’ code is not listed, and nothing but /tmp can be written', async () => {
    const { value } = await tried(
      `const writable = ['/', '/usr', '/usr/bin', '/etc', '/etc/passwd', '/dev', '/var', '/var/task', '/var/code', '/var/lang/bin/node',
        '/var/runtime', '/var/runtime/node.mjs', '/var/slot', '/opt', '/proc/sys', '/proc/sys/kernel/core_pattern', '/proc/sys/vm/drop_caches',
        '/proc/sysrq-trigger', '/bin/sh', __filename]
        .filter((path) => attempt(() => fs.accessSync(path, fs.constants.W_OK)) === 'done')
      return {
        writable,
        store: attempt(() => fs.readdirSync('/var/code')),
        made: attempt(() => fs.mkdirSync('/var/code/mine')),
        replaced: attempt(() => fs.writeFileSync(__filename, '')),
        link: attempt(() => fs.unlinkSync('/var/slot/task')),
        own: fs.readdirSync('/var/task'),
        tmp: attempt(() => fs.writeFileSync('/tmp/own', 'x')),
        others: fs.readdirSync('/tmp'),
      }`,
    )
    expect(value).toEqual({
      writable: [],
      store: 'EACCES',
      made: 'EROFS',
      replaced: 'EROFS',
      link: 'EROFS',
      own: ['index.js'],
      tmp: 'done',
      others: ['own'],
    })
  })

  test('processes: the node and other instances are not seen, signalled (0) or read', async () => {
    const { value } = await tried(
      `return {
        seen: fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length,
        signals: event.map((pid) => attempt(() => process.kill(pid, 0))),
        environs: event.map((pid) => attempt(() => fs.readFileSync('/proc/' + pid + '/environ'))),
        first: String(attempt(() => fs.readlinkSync('/proc/1/root'))),
        environment: fs.readFileSync('/proc/1/environ', 'latin1').split('\\0').map((entry) => entry.split('=')[0]).filter(Boolean).sort(),
      }`,
      [process.pid, neighbour.pid],
    )
    expect(value).toMatchObject({ signals: ['ESRCH', 'ESRCH'], environs: ['ENOENT', 'ENOENT'] })
    const { seen, environment } = value as { seen: number; environment: string[] }
    expect(seen).toBeLessThanOrEqual(3)
    expect(environment.filter((name) => !['HOME', 'LANG', 'PATH', 'TMPDIR', 'TZ'].includes(name))).toEqual([])
  })

  test('rights: no capability, no way to get one, an unprivileged user outside as well', async () => {
    const { value } = await tried(
      `process.title = 'landfall-escape-rights'
      const status = fs.readFileSync('/proc/self/status', 'latin1')
      const read = (name) => new RegExp('^' + name + ':\\\\s+(\\\\S+)', 'm').exec(status)?.[1]
      return {
        capabilities: ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => Number.parseInt(read(name), 16)),
        privileges: read('NoNewPrivs'),
        seccomp: read('Seccomp'),
        root: attempt(() => process.setuid(0)),
        who: require('os').userInfo().username,
        host: require('os').hostname(),
      }`,
    )
    expect(value).toEqual({
      capabilities: [0, 0, 0, 0],
      privileges: '1',
      seccomp: '2',
      root: expect.stringMatching(/EPERM|EINVAL/),
      who: 'sbx_user1051',
      host: 'lambda',
    })
    const [pid] = await programsNamed('landfall-escape-rights')
    const outside = await readFile(`/proc/${pid}/status`, 'latin1')
    expect(/^Uid:\s+(\d+)/m.exec(outside)?.[1]).not.toBe('0')
  })

  test('system calls: mounts, namespaces, tracing and the large doors of the kernel are closed', async () => {
    const refused = await inPython(`
return {
    'mount': call(165, 40, 0, 0, 0, 0, 0),
    'umount2': call(166, 39, 0, 0),
    'pivot_root': call(155, 41, 0, 0),
    'chroot': call(161, 51, 0),
    'open_tree': call(428, 428, -100, 0, 0),
    'move_mount': call(429, 429, -1, 0, -1, 0, 0),
    'fsopen': call(430, 430, 0, 0),
    'mount_setattr': call(442, 442, -1, 0, 0, 0, 0),
    'unshare': call(272, 97, 0x10000000),
    'setns': call(308, 268, -1, 0),
    'clone newuser': call(56, 220, 0x10000000 | 17, 0, 0, 0, 0),
    'ptrace attach': call(101, 117, 16, 1, 0, 0),
    'process_vm_readv': call(310, 270, 1, 0, 0, 0, 0, 0),
    'pidfd_getfd': call(438, 438, -1, 0, 0),
    'kcmp': call(312, 272, 1, 1, 0, 0, 0),
    'bpf': call(321, 280, 0, 0, 0),
    'perf_event_open': call(298, 241, 0, 0, -1, -1, 0),
    'userfaultfd': call(323, 282, 0),
    'io_uring_setup': call(425, 425, 1, 0),
    'keyctl': call(250, 219, 0, 0, 0, 0, 0),
    'add_key': call(248, 217, 0, 0, 0, 0, 0),
    'open_by_handle_at': call(304, 265, -1, 0, 0),
    'name_to_handle_at': call(303, 264, -1, 0, 0, 0, 0),
    'fanotify_init': call(300, 262, 0, 0),
    'kexec_load': call(246, 104, 0, 0, 0, 0),
    'init_module': call(175, 105, 0, 0, 0),
    'syslog': call(103, 116, 10, 0, 0),
    'sethostname': call(170, 161, 0, 0),
    'mknod device': call(259, 33, -100, ctypes.c_char_p(b'/tmp/device'), 0o020666, 0x103),
    'TIOCSTI': call(16, 29, 0, 0x5412, 0),
    'personality': call(135, 92, 0x0040000),
}`)
    const names = Object.keys(refused as object)
    expect(refused).toEqual(Object.fromEntries(names.map((name) => [name, 'EPERM'])))
    expect(names.length).toBe(31)
  })

  test('system calls: other ways to say the same are closed too', async () => {
    const value = await inPython(`
return {
    'clone3': call(435, 435, 0, 0),
    'x32 getpid': call(0x40000000 + 39, 435, 0, 0),
    'setns on own': attempt(lambda: os.open('/proc/self/ns/user', os.O_WRONLY)),
}`)
    expect(value).toMatchObject({ clone3: 'ENOSYS', 'x32 getpid': 'ENOSYS' })
  })

  test('sockets: nothing raw, and no families but the usual', async () => {
    const value = await inPython(`
import socket
def opened(family, kind, protocol=0):
    return attempt(lambda: socket.socket(family, kind, protocol).close())
return {
    'raw': opened(2, 3, 1), 'raw6': opened(10, 3, 58), 'packet': opened(17, 3), 'packet datagram': opened(17, 2), 'alg': opened(38, 5),
    'vsock': opened(40, 1), 'audit': opened(16, 3, 9), 'bluetooth': opened(31, 3),
    'tcp': opened(2, 1), 'udp6': opened(10, 2), 'unix': opened(1, 1), 'route': opened(16, 3, 0),
}`)
    const refused = expect.stringMatching(/EPERM|EAFNOSUPPORT/)
    expect(value).toEqual({
      ...{ raw: refused, raw6: refused, packet: refused, 'packet datagram': refused, alg: refused },
      ...{ vsock: refused, audit: refused, bluetooth: refused },
      ...{ tcp: 'done', udp6: expect.stringMatching(/done|EAFNOSUPPORT/), unix: 'done', route: 'done' },
    })
  })

  test('what functions do need passes: threads, workers, wasm, children, pipes, their own user', async () => {
    const { value } = await tried(
      `const { Worker } = require('worker_threads')
      const { execFileSync, spawnSync } = require('child_process')
      const worker = await new Promise((resolve, reject) =>
        new Worker('require("worker_threads").parentPort.postMessage(6 * 7)', { eval: true }).on('message', resolve).on('error', reject))
      const module = await WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))
      return {
        worker,
        wasm: module.instance instanceof WebAssembly.Instance,
        child: execFileSync('/bin/sh', ['-c', 'mkfifo /tmp/pipe && (echo through > /tmp/pipe & cat /tmp/pipe)'], { encoding: 'utf8' }),
        node: spawnSync(process.execPath, ['-p', '1 + 1'], { encoding: 'utf8' }).stdout,
        interfaces: Object.keys(require('os').networkInterfaces()).length > 0,
        name: (await require('dns/promises').lookup('localhost')).address,
      }`,
    )
    expect(value).toMatchObject({ worker: 42, wasm: true, child: 'through\n', node: '2\n', interfaces: true })
    const forked = await inPython(`
import multiprocessing
with multiprocessing.get_context('fork').Pool(2) as pool:
    return pool.map(abs, [-1, -2, -3])`)
    expect(forked).toEqual([1, 2, 3])
  })

  test('a fork bomb ends at the limit of processes, and others do not notice', async () => {
    const spec = await f.spec(
      {
        'app.py': `import errno, os, signal
def handler(event, context):
    children, failed = [], None
    try:
        for _ in range(2000):
            pid = os.fork()
            if pid == 0:
                signal.pause()
                os._exit(0)
            children.append(pid)
    except OSError as error:
        failed = errno.errorcode[error.errno]
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    for pid in children:
        os.waitpid(pid, 0)
    return [failed, len(children) < 1024]`,
      },
      { runtime: 'python3.12', handler: 'app.handler', memoryMb: 2048, timeoutMs: 50_000 },
    )
    const other = await f.spec({ 'index.js': 'exports.handler = async () => 1' })
    const bomb = f.run(spec)
    expect((await f.run(other)).value).toBe(1)
    expect((await bomb).value).toEqual(['EAGAIN', true])
  })

  test('/tmp and /dev/shm are full at their size', async () => {
    const { value } = await tried(
      `const fill = (path) => {
        const fd = fs.openSync(path, 'w')
        let written = 0
        const code = attempt(() => { for (; written < 200 * 1048576;) written += fs.writeSync(fd, Buffer.alloc(1048576)) })
        fs.closeSync(fd)
        fs.unlinkSync(path)
        return [code, Math.round(written / 1048576)]
      }
      return { tmp: fill('/tmp/full'), shm: fill('/dev/shm/full') }`,
      {},
      { ephemeralStorageMb: 16 },
    )
    expect(value).toEqual({ tmp: ['ENOSPC', 16], shm: ['ENOSPC', 64] })
  })

  test('memory past the limit ends the instance, and what is in /tmp is not counted as memory', async () => {
    const files = await tried(
      `fs.writeFileSync('/tmp/large', Buffer.alloc(1)); const fd = fs.openSync('/tmp/large', 'w')
      const piece = Buffer.alloc(1048576)
      for (let i = 0; i < 200; i++) fs.writeSync(fd, piece)
      await new Promise((resolve) => setTimeout(resolve, 200))
      return fs.statSync('/tmp/large').size`,
      {},
      { memoryMb: 128 },
    )
    expect(files.value).toBe(200 * 1_048_576)
    const { value, error } = await tried(
      'const held = []; for (;;) { held.push(Buffer.alloc(4_000_000, 1)); await new Promise(setImmediate) }',
      {},
      { memoryMb: 128 },
    )
    expect(error).toBe('Unhandled')
    expect(value).toMatchObject({ errorMessage: expect.stringContaining('signal: killed') })
  })

  test('how a program ended is told through the sandbox: its code, or the signal', async () => {
    const ended = async (how: string) =>
      ((await tried(how)).value as { errorType: string; errorMessage: string }).errorMessage
    expect(await ended('process.exit(7)')).toContain('exit status 7')
    expect(await ended("process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})")).toContain('signal: killed')
  })
})

/** Only root can start a node as somebody else, who has to be let into the checkout. */
const asOther =
  sandboxed && process.getuid?.() === 0 && !(await closedToOthers([import.meta.dirname, process.execPath]))

describe.runIf(asOther)('on a node that is not root, whose instances are of one user', () => {
  test('code of others is neither listed nor made listable, nothing is written, nobody is seen', async () => {
    const script = `
      const { startRunner } = await import(${JSON.stringify(new URL('./runner.fixture.ts', import.meta.url).href)})
      await using f = await startRunner()
      const body = \`exports.handler = async ({ node, dir }) => {
        const fs = require('fs')
        const attempt = (fn) => { try { fn(); return 'done' } catch (error) { return error.code } }
        return {
          own: fs.readdirSync('/var/task'),
          listed: attempt(() => fs.readdirSync('/var/code')),
          opened: attempt(() => fs.chmodSync('/var/code', 0o311)),
          replaced: attempt(() => fs.chmodSync(__filename, 0o644)),
          slot: attempt(() => fs.chmodSync('/var/slot', 0o755)),
          node: attempt(() => process.kill(node, 0)),
          data: attempt(() => fs.statSync(dir)),
        }
      }\`
      const { value } = await f.run(await f.spec({ 'index.js': body }), { node: process.pid, dir: f.dir })
      console.log(JSON.stringify({ kind: f.runner.isolation.kind, uid: process.getuid(), value }))`
    const options = { uid: 65_534, gid: 65_534, cwd: '/', env: { PATH: '/usr/bin:/bin', TMPDIR: tmpdir() } }
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], options)
    expect(JSON.parse(stdout)).toEqual({
      kind: 'bubblewrap',
      uid: 65_534,
      value: {
        own: ['index.js'],
        listed: 'EACCES',
        opened: 'EROFS',
        replaced: 'EROFS',
        slot: 'EROFS',
        node: 'ESRCH',
        data: 'ENOENT',
      },
    })
  })
})
