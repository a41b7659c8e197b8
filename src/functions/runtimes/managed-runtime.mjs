// A runtime that speaks frames (node.mjs, python.py) and has a supervisor between itself and the node.
import { spawn } from 'node:child_process'
import { encode, frameReader, type } from './frames.mjs'

/** `argv`: the runtime's program, `variables` what it gets beside this one's environment. Started at once; again, by its wrapper, for a function that brings one. `host`: as of customRuntime. */
export function managedRuntime(argv, variables, host) {
  let child
  let ready
  let begun = Promise.withResolvers()

  const launch = (command, env) => {
    const [file, ...args] = command
    const started = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'] })
    const [, stdout, stderr, channel, output] = started.stdio
    const isCurrent = () => child === started
    child = started
    begun = Promise.withResolvers()
    ready = begun.promise
    /** Resolves when the output of the invocation has been read. */
    let drained = Promise.withResolvers()
    channel.on(
      'data',
      frameReader(({ kind, payload }) => {
        const answer = async (ok, printed) => {
          // What was printed is read from another pipe.
          if (printed) await drained.promise
          drained = Promise.withResolvers()
          await host.onAnswer({ ok, payload })
        }
        if (kind === type.ready) begun.resolve()
        else if (kind === type.initialised) host.onInitialised()
        else if (kind === type.initFailed) host.onInitFailed(JSON.parse(payload))
        else if (kind === type.result) void answer(true, true)
        else if (kind === type.failure) void answer(false, true)
        else if (kind === type.quietResult) void answer(true, false)
        else if (kind === type.quietFailure) void answer(false, false)
        else if (kind === type.crash) host.onCrash(payload)
        else if (kind === type.compiled) host.onCompiled(payload)
        else if (kind === type.streamStart) host.onStreamStart(JSON.parse(payload))
        else if (kind === type.streamChunk) {
          const held = host.onStreamChunk(payload)
          if (!held) return
          channel.pause()
          void held.then(() => channel.resume())
        }
      }),
    )
    output.on(
      'data',
      frameReader(({ kind, payload }) => {
        if (kind === type.line) host.output.line('function', payload)
        else if (kind === type.drained) drained.resolve()
      }),
    )
    for (const stream of [channel, output]) stream.on('error', () => undefined)
    host.output.capture('function', stdout)
    host.output.capture('function', stderr)
    started.on('error', (error) => {
      const errorMessage = `fork/exec ${file}: ${error.message}`
      if (isCurrent()) host.onInitFailed({ errorType: 'Runtime.InvalidEntrypoint', errorMessage })
    })
    started.on('exit', (code, signal) => {
      if (isCurrent()) host.onExit(code, signal)
    })
  }
  launch(argv, { ...process.env, ...variables })

  const send = (kind, id, payload) => {
    for (const part of encode(kind, id, payload)) child.stdio[3].write(part)
  }
  return {
    routes: [],
    get ready() {
      return ready
    },
    kill: (signal) => child.kill(signal),
    invoke: ({ id, payload }) => send(type.invoke, id, payload),
    async start(settings, environment) {
      const wrapper = environment.AWS_LAMBDA_EXEC_WRAPPER
      if (wrapper) {
        const bare = child
        launch([wrapper, ...argv], { ...process.env, ...variables, ...environment })
        bare.kill('SIGKILL')
      }
      await ready
      send(type.init, 0, Buffer.from(JSON.stringify({ ...settings, environment })))
    },
  }
}
