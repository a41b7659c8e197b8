import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Duplex, Readable } from 'node:stream'
import { sharedMemoryBytes } from './bubblewrap.ts'
import type { Cgroup, Cgroups } from './cgroup.ts'
import { type Exit, withinSandbox } from './exit.ts'
import { encodeFrame, type Frame, frame, frameReader } from './frames.ts'
import type { Isolation } from './isolation.ts'
import { signalProcess } from './kill-user.ts'
import { lineCutter } from './line-cutter.ts'
import { createMeter } from './meter.ts'
import { descendant } from './program-pid.ts'
import type { Slots } from './slots.ts'

/** How a process of some runtime is started; the same text starts interchangeable processes. */
export interface LaunchPlan {
  readonly key: string
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** The size of `/tmp`, where that can be bounded. */
  readonly tmpMb: number
  /** What the program itself needs beside the function's memory. Absent: nothing that is not the function's. */
  readonly overheadMb?: number
}

export interface Launcher {
  readonly isolation: Isolation
  readonly cgroups: Cgroups | undefined
  readonly slots: Slots
  /** Holds one folder per slot. */
  readonly tmpRoot: string
  /** Every process that has been started and not ended. */
  readonly live: Set<InstanceProcess>
}

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
  /** Resolves when the program has ended and what it had printed has been read. */
  readonly exited: Promise<Exit>
  listen(listener: ProcessListener): void
  send(type: number, id: number, ...parts: Uint8Array[]): void
  /** Whether its frames are read. While they are not, a program that writes them is held up; its output is read all the same. */
  readFrames(wanted: boolean): void
  limitMemory(bytes: number): void
  /** The most memory that the program has held, in bytes; 0 when unknown. */
  peakBytes(): number
  /** What it holds now, in bytes. */
  residentBytes(): number
  /** True when the kernel bounds the memory, so that nobody needs to watch it. */
  readonly memoryIsBounded: boolean
  freeze(): void
  thaw(): void
  /** Ends it and everything it started, and frees its slot. May be called again. */
  end(): Promise<void>
}

export interface ProcessListener {
  onFrame(received: Frame): void
  /** A line of output; `id` is the request it belongs to, undefined when that is not known. */
  onLine(text: string, id: number | undefined): void
  /** All output of the request has been handed over. */
  onDrained(id: number): void
}

const maxResultBytes = 6_400_000
const maxLineBytes = 262_144
/** How long a reading of the peak memory serves. */
const peakReadEveryMs = 50

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
  let child: ChildProcess
  let command: ReturnType<Isolation['command']>
  try {
    await isolation.makeTmp(slot, tmpDir)
    cgroup = launcher.cgroups?.create(`i${slot}`)
    command = isolation.command(slot, tmpDir, cgroup?.procsFile, plan.argv, plan.tmpMb)
    child = spawn(command.file, command.args, {
      env: { ...plan.environment, HOME: command.tmpDir, TMPDIR: command.tmpDir },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
      ...(command.uid === undefined ? {} : { uid: command.uid, gid: command.gid }),
    })
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    if (cgroup && !command.joinsCgroup) writeFileSync(cgroup.procsFile, String(child.pid))
  } catch (error) {
    cgroup?.remove()
    await removeFolders()
    slots.free(slot)
    throw error
  }
  const started = attach(child, {
    tmpDir: command.tmpDir,
    optDir,
    codeLink: isolation.codeLink(tmpDir),
    besidesBytes: command.contained ? plan.tmpMb * 1_048_576 + sharedMemoryBytes : undefined,
    overheadBytes: (plan.overheadMb ?? 0) * 1_048_576,
    cgroup,
    sweep: () => isolation.sweep(slot),
    async cleanUp() {
      await isolation.sweep(slot)
      await removeFolders()
      // The last processes leave their group a moment after they have ended.
      for (let tries = 0; cgroup && !cgroup.remove() && tries < 100; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      slots.free(slot)
      launcher.live.delete(started)
    },
  })
  launcher.live.add(started)
  return started
}

interface Attachment {
  readonly tmpDir: string
  readonly optDir: string | undefined
  readonly codeLink: ReturnType<Isolation['codeLink']>
  /** Memory that its files may take besides its own; undefined when it is no sandbox, whose files are elsewhere. */
  readonly besidesBytes: number | undefined
  /** The part of its memory that is the program's and not the function's. */
  readonly overheadBytes: number
  readonly cgroup: Cgroup | undefined
  sweep(): Promise<unknown>
  cleanUp(): Promise<void>
}

function attach(child: ChildProcess, attachment: Attachment): InstanceProcess {
  const { tmpDir, optDir, codeLink, besidesBytes, overheadBytes, cgroup, sweep, cleanUp } = attachment
  const contained = besidesBytes !== undefined
  const pid = child.pid as number
  const channel = child.stdio[3] as Duplex
  const output = child.stdio[4] as Readable
  const raw = [child.stdout as Readable, child.stderr as Readable]
  let listener: ProcessListener | undefined
  let alive = true
  let frozen = false
  let bounded = false
  let ending: Promise<void> | undefined

  const exit = Promise.withResolvers<Exit>()
  const ready = Promise.withResolvers<void>()
  ready.promise.catch(() => undefined) // whoever waits for it is told; nobody has to
  const kill = () => void (alive && (signalProcess(-pid, 'SIGKILL') || signalProcess(pid, 'SIGKILL')))

  const guarded = (stream: Duplex | Readable, onData: (chunk: Buffer) => void) => {
    stream.on('data', (chunk: Buffer) => {
      try {
        onData(chunk)
      } catch {
        // Bytes that are no frames: the program writes to descriptors that are not its own. It can't be talked to.
        kill()
      }
    })
    // A pipe whose other end was killed: the exit tells.
    stream.on('error', () => undefined)
  }
  guarded(
    channel,
    frameReader(maxResultBytes, (received) => {
      if (received.type === frame.ready) ready.resolve()
      else listener?.onFrame(received)
    }),
  )
  const meter = createMeter([output, ...raw])
  const readOutput = frameReader(maxLineBytes, (received) => {
    if (received.type === frame.line) listener?.onLine(received.payload.toString('utf8'), received.id)
    else if (received.type === frame.drained) listener?.onDrained(received.id)
  })
  guarded(output, (chunk) => {
    meter.count(chunk.length)
    readOutput(chunk)
  })
  for (const stream of raw) {
    const lines = lineCutter(maxLineBytes, (line) => listener?.onLine(line, undefined))
    guarded(stream, (chunk) => {
      meter.count(chunk.length)
      lines.push(chunk)
    })
    stream.on('end', lines.end)
  }

  child.once('exit', (code, signal) => {
    alive = false
    channel.resume()
    ready.reject(new Error(`the runtime ended before it was ready (${signal ?? `exit status ${code}`})`))
    // What it started may hold the pipes open: it is ended, and what was printed is waited for, but not for ever.
    signalProcess(-pid, 'SIGKILL')
    const done = () => exit.resolve(contained ? withinSandbox(code, signal) : { code, signal })
    const timer = setTimeout(done, 1000)
    child.once('close', () => {
      clearTimeout(timer)
      done()
    })
    sweep().catch(() => done())
  })

  let program = contained ? undefined : pid
  let peak = { bytes: 0, readAtMs: 0 }
  const status = (name: string) => {
    try {
      program ??= descendant(pid, 2)
      const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${program}/status`, 'latin1'))
      return Number(found?.[1] ?? 0) * 1024
    } catch {
      // Ended, or a host without /proc: no figure.
      return 0
    }
  }

  return {
    pid,
    tmpDir,
    optDir,
    codeLink,
    ready: ready.promise,
    exited: exit.promise,
    get memoryIsBounded() {
      return bounded
    },
    listen(next) {
      listener = next
    },
    send(type, id, ...parts) {
      if (!alive) return
      channel.cork()
      for (const part of encodeFrame(type, id, ...parts)) channel.write(part)
      channel.uncork()
    },
    readFrames(wanted) {
      if (wanted) channel.resume()
      else channel.pause()
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
    peakBytes() {
      const nowMs = performance.now()
      // It only grows: calls that follow at once share a reading, which costs as much as the rest of a short call.
      if (alive && peak.bytes > 0 && nowMs - peak.readAtMs < peakReadEveryMs) return peak.bytes
      // An ended program has no status, and one with overhead is not the function: the group knows of all in it.
      const own = overheadBytes === 0 ? status('VmHWM') : 0
      peak = { bytes: own || Math.max(0, (cgroup?.peakBytes() ?? 0) - overheadBytes), readAtMs: nowMs }
      return peak.bytes
    },
    residentBytes: () => Math.max(0, (contained && cgroup ? cgroup.heldBytes() : status('VmRSS')) - overheadBytes),
    freeze() {
      if (!frozen && alive) frozen = signalProcess(-pid, 'SIGSTOP')
    },
    thaw() {
      if (frozen && alive) signalProcess(-pid, 'SIGCONT')
      frozen = false
    },
    end() {
      ending ??= (async () => {
        kill()
        await exit.promise
        meter.stop()
        channel.destroy()
        for (const stream of [output, ...raw]) stream.destroy()
        await cleanUp()
      })()
      return ending
    },
  }
}
