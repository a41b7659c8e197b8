import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { runCli } from '../../src/cli/run.ts'
import type { TestNode } from '../harness.ts'

/** Runs `landfall ARGS` in this process against the node: what it prints, and its exit code. */
export async function landfallAt(node: TestNode, ...args: string[]) {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const printed = Promise.all([text(stdout), text(stderr)])
  const signal = new AbortController().signal
  const code = await runCli([...args, '--endpoint', node.endpoint], { stdout, stderr, signal })
  stdout.end()
  stderr.end()
  const [out, err] = await printed
  return { code, out, err }
}

/** The same with `--json`, its one line parsed. */
export async function answerOf<T>(node: TestNode, ...args: string[]): Promise<T> {
  const { out, err } = await landfallAt(node, ...args, '--json')
  if (out === '') throw new Error(err)
  return JSON.parse(out) as T
}
