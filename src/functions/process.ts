import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Duplex, Readable } from 'node:stream'
import type { EgressRule } from '../kernel/functions.ts'
import { sharedMemoryBytes } from './bubblewrap.ts'
import { type Cgroup, removeEmptied } from './cgroup.ts'
import type { CpuShare } from './cpu-share.ts'
import { limitData } from './data-limit.ts'
import { type Exit, NotStarted, withinSandbox } from './exit.ts'
import { encodeFrame } from './frames.ts'
import { createFreezer } from './freezer.ts'
import type { Isolation } from './isolation.ts'
import { signalProcess } from './kill-user.ts'
import type { LaunchPlan } from './launch-plan.ts'
import type { Launcher } from './launcher.ts'
import { type MemoryFigures, memoryFigures } from './memory-figures.ts'
import type { Network } from './network.ts'
import { type ProcessListener, readStreams } from './process-streams.ts'
import { descendant } from './program-pid.ts'
import type { Hold } from './time-limit.ts'

/** One started program, before and after it has been given a function. Frames and lines go to whoever listens last. */
export interface InstanceProcess {
  readonly pid: number
  /** What `TMPDIR` is inside. */
  readonly tmpDir: string
  /** A folder of the host that is `/opt` inside; undefined where the instance has none of its own. */
  readonly optDir: string | undefined
  /** The link of the host that leads it to its code once that is made, and where it follows it; undefined where it has none. */
  readonly codeLink: ReturnType<Isolation['codeLink']>
  /** Resolves when it waits for its function; rejects when it ended first. */
  readonly ready: Promise<void>
  /** False as soon as the node has heard that it has ended. */
  readonly alive: boolean
  /** Resolves when the program has ended and what it had printed has been read. */
  readonly exited: Promise<Exit>
  listen(listener: ProcessListener): void
  send(type: number, id: number, ...parts: Uint8Array[]): void
  /** Whether its frames are read. While they are not, a program that writes them is held up; its output is read all the same. */
  readFrames(wanted: boolean): void
  /** Bounds what it may reach outside of the node. Rejects where it shares the host's network. */
  restrict(egress: readonly EgressRule[]): Promise<void>
  limitMemory(bytes: number): void
  /** Does nothing where the kernel does not let us. */
  limitCpu(limit: CpuShare): void
  /** The most memory that the program has held, in bytes; 0 when unknown. */
  peakBytes(): number
  /** What it holds now, in bytes. */
  residentBytes(): number
  /** What its time limits wait for. */
  readonly hold: Hold | undefined
  /** True when the kernel bounds the memory, so that nobody needs to watch it. */
  readonly memoryIsBounded: boolean
  /** Bounds what it may reserve, where the kernel does not bound what it holds. `limit` is given what it has reserved. */
  limitData(limit: (startedWith: number) => number): Promise<void>
  freeze(): void
  thaw(): void
  /**
   * From now on its program is told to end (SIGTERM) when it is shut down, and has this long. Lambda gives 0 without
   * extensions, 500 ms with internal and 2 s with external ones:
   * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
   */
  endAfter(graceMs: number): void
  /** The shutdown phase: `end`, after the time to end by itself. */
  shutdown(): Promise<void>
  /** Ends it and everything it started, and frees its slot. May be called again. */
  end(): Promise<void>
}

/** Starts a program in a slot of its own. Rejects when the host cannot start it. */
export async function startProcess(plan: LaunchPlan, launcher: Launcher): Promise<InstanceProcess> {
  const { isolation, slots } = launcher
  const slot = slots.take()
  const tmpDir = join(launcher.tmpRoot, String(slot))
  const optDir = isolation.optDir(tmpDir)
  const removeFolders = async () => {
    await rm(tmpDir, { recursive: true, force: true })
    if (optDir) await rm(optDir, { recursive: true, force: true })
  }
  let cgroup: Cgroup | undefined
  let network: Network | undefined
  let child: ChildProcess
  let command: ReturnType<Isolation['command']>
  try {
    await isolation.makeTmp(slot, tmpDir)
    cgroup = launcher.cgroups?.create(`i${slot}`)
    command = isolation.command(slot, tmpDir, cgroup?.procsFiles.join(' '), plan.argv, plan.tmpMb)
    if (!plan.inspection) network = await launcher.networks?.take(slot)
    const [file, ...args] = [...(network?.enter ?? []), command.file, ...command.args] as [string, ...string[]]
    child = spawn(file, args, {
      env: { ...plan.environment, HOME: command.tmpDir, TMPDIR: command.tmpDir },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
      ...(command.uid === undefined ? {} : { uid: command.uid, gid: command.gid }),
    })
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    if (!command.joinsCgroup) for (const file of cgroup?.procsFiles ?? []) writeFileSync(file, String(child.pid))
  } catch (error) {
    cgroup?.remove()
    await network?.release()
    await removeFolders()
    slots.free(slot)
    throw error
  }
  const started = attach(child, {
    tmpDir: command.tmpDir,
    optDir,
    inspection: plan.inspection,
    codeLink: isolation.codeLink(tmpDir),
    besidesBytes: command.contained ? plan.tmpMb * 1_048_576 + sharedMemoryBytes : undefined,
    overheadBytes: (plan.overheadMb ?? 0) * 1_048_576,
    cgroup,
    network,
    memory: isolation.memory?.(tmpDir),
    sweep: () => isolation.sweep(slot),
    async cleanUp() {
      const release = async () => {
        await network?.release()
        if (cgroup) await removeEmptied(cgroup)
        slots.free(slot)
      }
      try {
        await isolation.sweep(slot)
      } catch (error) {
        if (!isolation.whenSwept) throw error
        // Until then nobody else has its user and its network.
        return isolation.whenSwept(slot, release)
      } finally {
        launcher.live.delete(started)
        await removeFolders()
      }
      await release()
    },
  })
  launcher.live.add(started)
  return started
}

interface Attachment {
  readonly tmpDir: string
  readonly optDir: string | undefined
  readonly inspection: LaunchPlan['inspection']
  readonly codeLink: ReturnType<Isolation['codeLink']>
  /** Memory that its files may take besides its own; undefined when it is no sandbox, whose files are elsewhere. */
  readonly besidesBytes: number | undefined
  /** The part of its memory that is the program's and not the function's. */
  readonly overheadBytes: number
  readonly cgroup: Cgroup | undefined
  readonly network: Network | undefined
  /** Absent: as its processes tell. */
  readonly memory: MemoryFigures | undefined
  sweep(): Promise<unknown>
  cleanUp(): Promise<void>
}

function attach(child: ChildProcess, attachment: Attachment): InstanceProcess {
  const { tmpDir, optDir, inspection, codeLink, besidesBytes, overheadBytes, cgroup, network, sweep } = attachment
  const contained = besidesBytes !== undefined
  const pid = child.pid as number
  const channel = child.stdio[3] as Duplex
  const output = child.stdio[4] as Readable
  const raw = [child.stdout as Readable, child.stderr as Readable]
  let listener: ProcessListener | undefined
  let alive = true
  let unread = false
  const said: string[] = []
  let bounded = false
  let shutdownMs = 0
  let ending: Promise<void> | undefined

  const exit = Promise.withResolvers<Exit>()
  const ready = Promise.withResolvers<void>()
  ready.promise.catch(() => undefined) // whoever waits for it is told; nobody has to
  const kill = () => void (alive && (signalProcess(-pid, 'SIGKILL') || signalProcess(pid, 'SIGKILL')))

  // A program that ends before it has read what was sent leaves ECONNRESET to who reads here, one that ended before it
  // was sent leaves EPIPE to who writes: unix(7). Nothing else can be sent to one that has closed its end, and it is ended.
  const notRead = () => {
    unread = true
    kill()
  }
  channel.on('error', notRead)
  const stopReading = readStreams(
    { channel, output, raw },
    {
      onReady: ready.resolve,
      onInspector: (report) => inspection?.onReport(report),
      listener: () => listener,
      onUnheard: (line) => said.length < 3 && said.push(line.slice(0, 1_000)),
      // It can't be talked to.
      onNonsense: kill,
    },
  )

  child.once('exit', (code, signal) => {
    alive = false
    channel.resume()
    void exit.promise.then((how) => ready.reject(new NotStarted(how, said)))
    // What it started may hold the pipes open: it is ended, and what was printed is waited for, but not for ever.
    signalProcess(-pid, 'SIGKILL')
    const done = () => exit.resolve({ ...(contained ? withinSandbox(code, signal) : { code, signal }), unread })
    const timer = setTimeout(done, 1000)
    child.once('close', () => {
      clearTimeout(timer)
      done()
    })
    sweep().catch(() => done())
  })

  const generations = contained ? 2 : 0
  const figures = attachment.memory ?? memoryFigures({ pid, generations, cgroup, overheadBytes, alive: () => alive })
  const freezer = createFreezer({ pid, generations, ...(cgroup && { pids: () => cgroup.pids() }) })

  const end = () => {
    ending ??= (async () => {
      kill()
      await exit.promise
      stopReading()
      await attachment.cleanUp()
    })()
    return ending
  }

  return {
    pid,
    tmpDir,
    optDir,
    codeLink,
    ready: ready.promise,
    hold: inspection?.hold,
    get alive() {
      return alive
    },
    exited: exit.promise,
    get memoryIsBounded() {
      return bounded
    },
    async limitData(limit) {
      const program = cgroup || attachment.memory ? undefined : descendant(pid, generations)
      if (program !== undefined) await limitData(program, limit)
    },
    listen(next) {
      listener = next
    },
    send(type, id, ...parts) {
      if (!alive || !channel.writable) return notRead()
      for (const part of encodeFrame(type, id, ...parts)) channel.write(part)
    },
    readFrames(wanted) {
      if (wanted) channel.resume()
      else channel.pause()
    },
    async restrict(egress) {
      if (!network) throw new Error('an instance that shares the network of the host cannot be kept from parts of it')
      await network.restrict(egress)
    },
    limitMemory(bytes) {
      try {
        cgroup?.limit(bytes + overheadBytes + (besidesBytes ?? 0))
        // The kernel does not tell memory from files in memory: it bounds both together, and the first is watched.
        bounded = cgroup !== undefined && !contained
      } catch {
        // It holds more than that already: it is watched, and so ended.
      }
    },
    limitCpu: (limit) => cgroup?.limitCpu(limit),
    peakBytes: figures.peakBytes,
    residentBytes: figures.residentBytes,
    freeze() {
      // Of what is elsewhere, stopped would be only those that see that the node is gone.
      if (alive && !inspection && !attachment.memory) freezer.freeze()
    },
    thaw: freezer.thaw,
    endAfter(graceMs) {
      shutdownMs = graceMs
    },
    async shutdown() {
      const program = shutdownMs > 0 && alive && !ending ? descendant(pid, generations) : undefined
      if (program !== undefined) {
        freezer.thaw()
        signalProcess(program, 'SIGTERM')
        const late = AbortSignal.timeout(shutdownMs)
        await Promise.race([exit.promise, once(late, 'abort')])
      }
      await end()
    },
    end,
  }
}
