import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A program that takes podman's place where there is none: images are entries of a file, containers are processes. */
export interface StandIn extends AsyncDisposable {
  readonly program: string
  /** Every command line that it was called with. */
  calls(): Promise<string[][]>
  /** Names of the containers that run. */
  containers(): Promise<string[]>
  /** From now on it does not remove containers, or does again. */
  keepContainers(keep: boolean): Promise<void>
  /** From now on pulls take until this is said again with false. */
  holdPulls(hold: boolean): Promise<void>
  /** What the registry says from now on to whoever pulls; undefined: what it has. */
  refusePulls(error: string | undefined): Promise<void>
  /** Gives an image the name `uri`; `remote`: only a registry has it. */
  tag(uri: string, image: { id: string; entryPoint?: string[]; command?: string[] }, remote?: boolean): Promise<void>
}

const source = (node: string, dir: string) => `#!${node}
const fs = require('node:fs'), { spawn } = require('node:child_process'), { join } = require('node:path')
const dir = ${JSON.stringify(dir)}, args = process.argv.slice(2)
fs.appendFileSync(join(dir, 'calls'), JSON.stringify(args) + '\\n')
const die = (text) => { process.stderr.write('Error: ' + text + '\\n'); process.exit(125) }
const images = (file) => JSON.parse(fs.readFileSync(join(dir, file), 'utf8'))
const boxes = join(dir, 'containers')
const [verb, ...rest] = args
if (Object.keys(process.env).some((name) => /^(AWS|SECRET|LANDFALL)/.test(name))) die('more environment than an engine has any use for')
if (verb === 'info') console.log('5.0.0-stand-in')
else if (verb === 'image') {
  const found = Object.values(images('local')).find((image) => image.Id === rest[1]) ?? images('local')[rest[1]]
  if (!found) die(rest[1] + ': image not known')
  console.log(JSON.stringify([found]))
} else if (verb === 'create') {
  // One to look into, of which there are no files.
} else if (verb === 'cp') {
  die('no such file or directory')
} else if (verb === 'pull') {
  while (fs.existsSync(join(dir, 'held'))) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  if (fs.existsSync(join(dir, 'refused'))) die(fs.readFileSync(join(dir, 'refused'), 'utf8'))
  const found = images('remote')[rest.at(-1)]
  if (!found) die('manifest unknown')
  fs.writeFileSync(join(dir, 'local'), JSON.stringify({ ...images('local'), [rest.at(-1)]: found }))
} else if (verb === 'ps') {
  const label = rest.at(-1).replace('label=', '')
  for (const name of fs.readdirSync(boxes)) {
    let box
    // One that ended since it was listed is none.
    try { box = fs.readFileSync(join(boxes, name)) } catch (error) { if (error.code === 'ENOENT') continue; throw error }
    if (JSON.parse(box).label === label) console.log(name)
  }
} else if (verb === 'rm') {
  const name = rest.at(-1)
  if (fs.existsSync(join(dir, 'kept'))) die('the storage is locked')
  let box
  try { box = fs.readFileSync(join(boxes, name)) } catch { die('no container with name or ID "' + name + '" found: no such container') }
  const { pid } = JSON.parse(box)
  // One whose process has ended is removed all the same.
  try { process.kill(-pid, 'SIGKILL') } catch (error) { if (error.code !== 'ESRCH') throw error }
  fs.rmSync(join(boxes, name), { force: true })
} else if (rest.includes('--rootfs')) {
  // A folder and no image: whether containers start at all. What is asked for is not in it.
  process.exit(127)
} else if (verb === 'run') {
  const options = {}, valued = ['--label', '--tmpfs', '--workdir', '--entrypoint', '--name', '--network', '--user', '--env-file', '--pidfile']
  while (rest[0].startsWith('--')) {
    const option = rest.shift()
    options[option] = valued.includes(option) ? rest.shift() : true
  }
  const [image, ...command] = rest
  if (!Object.values(images('local')).some(({ Id }) => Id === image)) die(image + ': image not known')
  if (fs.statSync(options['--env-file']).mode & 0o077) die('others may read the environment')
  const network = options['--network']
  // As runc has it: the network of the container is not the one that it is started from.
  if (network !== 'host' && fs.readlinkSync(network.slice(3)) === fs.readlinkSync('/proc/self/ns/net')) die('the network of the host')
  const within = network === 'host' ? [] : ['/usr/bin/nsenter', '--net=' + network.slice(3)]
  const lines = fs.readFileSync(options['--env-file'], 'utf8').split('\\n').filter(Boolean)
  const env = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
  const [uid, gid] = options['--user'].split(':').map(Number)
  const as = process.getuid() === 0 ? ['/usr/bin/setpriv', '--reuid', uid, '--regid', gid, '--clear-groups'] : []
  const [file, ...words] = [...within, ...as, options['--entrypoint'], ...command].map(String)
  const child = spawn(file, words, { env, cwd: options['--workdir'] ?? '/', stdio: 'inherit', detached: true })
  // Under another name first: it is removed by whoever sees it, whole.
  fs.writeFileSync(join(dir, options['--name']), JSON.stringify({ pid: child.pid, label: options['--label'] }))
  fs.writeFileSync(options['--pidfile'], String(child.pid))
  fs.renameSync(join(dir, options['--name']), join(boxes, options['--name']))
  child.on('exit', (code, signal) => {
    fs.rmSync(join(boxes, options['--name']), { force: true })
    process.exit(code ?? 137)
  })
} else die('unknown command ' + verb)
`

export async function podmanStandIn(): Promise<StandIn> {
  const dir = await mkdtemp(join(tmpdir(), 'landfall-podman-'))
  await chmod(dir, 0o755)
  const program = join(dir, 'podman')
  const containers = join(dir, 'containers')
  await writeFile(program, source(process.execPath, dir), { mode: 0o755 })
  for (const file of ['local', 'remote']) await writeFile(join(dir, file), '{}')
  await writeFile(join(dir, 'calls'), '')
  await mkdir(containers)
  return {
    program,
    async calls() {
      const lines = (await readFile(join(dir, 'calls'), 'utf8')).split('\n').filter(Boolean)
      return lines.map((line) => JSON.parse(line) as string[])
    },
    containers: () => readdir(containers),
    holdPulls: (hold) => (hold ? writeFile(join(dir, 'held'), '') : rm(join(dir, 'held'))),
    refusePulls: (error) => (error === undefined ? rm(join(dir, 'refused')) : writeFile(join(dir, 'refused'), error)),
    keepContainers: (keep) => (keep ? writeFile(join(dir, 'kept'), '') : rm(join(dir, 'kept'))),
    async tag(uri, { id, entryPoint = [], command = [] }, remote = false) {
      const file = join(dir, remote ? 'remote' : 'local')
      const images = JSON.parse(await readFile(file, 'utf8')) as object
      const repository = uri.replace(/:[^:/]*$/, '')
      const image = {
        Id: id,
        RepoDigests: [`${repository}@${id}`],
        Architecture: 'amd64',
        Config: { Entrypoint: entryPoint, Cmd: command },
      }
      await writeFile(file, JSON.stringify({ ...images, [uri]: image }))
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}
