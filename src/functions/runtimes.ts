import { dirname, join } from 'node:path'
import type { FunctionSpec } from '../kernel/functions.ts'
import type { CodeTraits } from './code-traits.ts'
import { baseEnvironment } from './environment.ts'
import type { Inherited } from './inherited-descriptors.ts'
import type { Isolation } from './isolation.ts'
import type { Language } from './languages.ts'
import type { LaunchPlan } from './launch-plan.ts'

/** Runtimes that a function may name here, where the host has what runs them (see languages.ts). */
export const supportedRuntimes: readonly string[] = [
  ...['nodejs18.x', 'nodejs20.x', 'nodejs22.x', 'nodejs24.x'],
  ...['python3.8', 'python3.9', 'python3.10', 'python3.11', 'python3.12', 'python3.13', 'python3.14'],
  ...['java8.al2', 'java11', 'java17', 'java21', 'java25'],
  ...['ruby3.2', 'ruby3.3', 'ruby3.4', 'dotnet8', 'go1.x', 'provided.al2', 'provided.al2023'],
]

export const isSupported = (runtime: string): boolean => supportedRuntimes.includes(runtime)

export interface Programs {
  readonly isolation: Isolation
  /** What runs the runtime, or why nothing does. Paths in it are as instances see them. */
  readonly language: Language | string
  /** Descriptors that every process started from here gets, and has to close. */
  readonly inherited: readonly Inherited[]
  readonly sourceMaps: boolean
}

/** SDK packages that pooled processes load ahead of need: at most this many, those that functions here ask for. */
const mostPreloaded = 12
/** What the supervisor takes beside the runtime. */
const supervisorMb = 64

/** Which program runs the function, or a sentence on why none can. */
export function planFor(spec: FunctionSpec, traits: CodeTraits, programs: Programs): LaunchPlan | string {
  const { language } = programs
  if (typeof language === 'string') return language
  if (language.kind === 'node') return supervised(nodePlan(spec, traits, language, programs), spec, traits, programs)
  if (language.kind === 'python') return supervised(pythonPlan(spec, language, programs), spec, traits, programs)
  if (language.kind === 'dotnet') return supervisor({ dotnet: language.program }, spec, programs)
  return supervisor({ command: commandOf(language, spec) }, spec, programs)
}

function nodePlan(
  spec: FunctionSpec,
  traits: CodeTraits,
  language: Language,
  { isolation, inherited, sourceMaps }: Programs,
) {
  const { inside } = isolation
  const options = spec.environment.NODE_OPTIONS
  const preload = traits.sdkPackages.slice(0, mostPreloaded)
  const sdkRoot = dirname(inside.modulesDir)
  const flags = [...(sourceMaps ? ['--enable-source-maps'] : []), ...switchedOff(spec.runtime, language, options ?? '')]
  const binary = language.added ? (language.program ?? inside.nodeBinary) : inside.nodeBinary
  return {
    key: JSON.stringify(['node', binary, flags, preload, options ?? '', spec.ephemeralStorageMb]),
    tmpMb: spec.ephemeralStorageMb,
    argv: [
      binary,
      ...flags,
      join(inside.runtimesDir, 'node.mjs'),
      sdkRoot,
      JSON.stringify(preload),
      JSON.stringify(inherited),
    ],
    inspectable: true,
    // Only a process of this function's own can honour it.
    environment: options ? { ...baseEnvironment, NODE_OPTIONS: options } : baseEnvironment,
  }
}

/** What Lambda switches off in the versions whose experiment it is: https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html */
const experiments: Readonly<Record<string, readonly string[]>> = {
  'nodejs20.x': ['require-module'],
  'nodejs22.x': ['require-module', 'detect-module'],
}

/** The node's own version has no such switches to speak of, and functions are told that it is another. */
function switchedOff(runtime: string, { added }: Language, options: string): string[] {
  const names = added ? (experiments[runtime] ?? []) : []
  return names.filter((name) => !options.includes(`--experimental-${name}`)).map((name) => `--no-experimental-${name}`)
}

function pythonPlan(spec: FunctionSpec, { program = 'python3' }: Language, { isolation, inherited }: Programs) {
  return {
    key: JSON.stringify(['python', program, spec.ephemeralStorageMb]),
    tmpMb: spec.ephemeralStorageMb,
    argv: [program, '-I', '-u', join(isolation.inside.runtimesDir, 'python.py'), JSON.stringify(inherited)],
    inspectable: true,
    environment: baseEnvironment,
  }
}

/** The same program under a supervisor, where the function has extensions or asks for their API. */
function supervised(plan: LaunchPlan, spec: FunctionSpec, traits: CodeTraits, programs: Programs): LaunchPlan {
  const asks = traits.usesRuntimeApi || traits.extensions || spec.environment.AWS_LAMBDA_EXEC_WRAPPER !== undefined
  if (!asks) return plan
  const { argv, environment } = plan
  return {
    ...supervisor({ program: argv, environment }, spec, programs),
    key: JSON.stringify(['supervised', plan.key]),
  }
}

/** What starts `program` (a runtime that speaks frames), or one that speaks the Runtime API: `command`, what the handler names to `dotnet`, or by default `bootstrap`. */
function supervisor(
  what: {
    readonly program?: readonly string[]
    readonly command?: readonly string[] | undefined
    readonly dotnet?: string | undefined
    readonly environment?: Readonly<Record<string, string>>
  },
  spec: FunctionSpec,
  { isolation, inherited }: Programs,
): LaunchPlan {
  const { inside } = isolation
  const { environment = baseEnvironment, ...started } = what
  const { NODE_OPTIONS: options, ...own } = environment
  return {
    key: JSON.stringify(['supervisor', started, spec.ephemeralStorageMb]),
    tmpMb: spec.ephemeralStorageMb,
    overheadMb: supervisorMb,
    argv: [
      inside.nodeBinary,
      '--max-old-space-size=48',
      join(inside.runtimesDir, 'supervisor.mjs'),
      JSON.stringify({
        inherited,
        sandbox: isolation.kind === 'bubblewrap',
        ...started,
        ...(options !== undefined && { nodeOptions: options }),
      }),
    ],
    environment: own,
  }
}

/** How a language's published runtime interface client is started; undefined: the package has a `bootstrap`. */
function commandOf(language: Language, spec: FunctionSpec): readonly string[] | undefined {
  const { kind, program = '', added = '' } = language
  if (kind === 'go') return ['{task}/{handler}']
  if (kind === 'ruby') return [program, `${added}/bin/aws_lambda_ric`, '{handler}']
  if (kind !== 'java') return undefined
  return [
    ...[program, `-Xmx${Math.floor(spec.memoryMb * 0.85)}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    ...['-cp', `{task}:{task}/lib/*:{layers}/java/lib/*:${added}/*`],
    ...['com.amazonaws.services.lambda.runtime.api.client.AWSLambda', '{handler}'],
  ]
}
