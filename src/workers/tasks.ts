import { createHash, hash } from 'node:crypto'
import type { Chart } from '../telemetry/chart/spec.ts'
import type { Batch, BatchResult } from '../telemetry/insights/batch.ts'
import type { TransformBatch } from '../telemetry/transform/transform.ts'
import type { SnappyFraming } from './snappy.ts'

/** What workers can do, by name. Inputs and results are structured clones. */
export const tasks: Readonly<Record<string, (input: never) => unknown>> = {
  /** Hex digest of bytes. */
  digest: ({ algorithm, bytes }: { algorithm: string; bytes: Uint8Array }): string =>
    bytes.byteLength > 0 ? createHash(algorithm).update(bytes).digest('hex') : hash(algorithm, ''),
  /** Whether a user's pattern matches; run here because it may backtrack without end. */
  matches: ({ pattern, text, flags = 'u' }: { pattern: string; text: string; flags?: string }): boolean =>
    new RegExp(pattern, flags).test(text),
  /** What is wrong with a body by a model whose patterns may backtrack without end. */
  violations: async (input: { models: Record<string, string>; model: string; value: unknown }): Promise<string[]> => {
    const { modelSource, violations } = await import('../gateway/schema.ts')
    const source = modelSource(input.models)
    return violations(source.model(input.model), input.value, source)
  },
  /** A batch of log events through a query, whose patterns are a user's too. */
  query: async (batch: Batch): Promise<BatchResult> => {
    const { runBatch } = await import('../telemetry/insights/batch.ts')
    return runBatch(batch)
  },
  /** A batch of log events through a group's transformer, with a user's expressions. */
  transform: async (batch: TransformBatch): Promise<(string | undefined)[]> => {
    const { transformBatch } = await import('../telemetry/transform/transform.ts')
    return transformBatch(batch)
  },
  /** A chart as PNG: what is drawn may have millions of pixels. */
  chart: async (chart: Chart): Promise<Uint8Array> => {
    const { chartPng } = await import('../telemetry/chart/draw.ts')
    return chartPng(chart)
  },
  /** A template's text as values, or what is wrong with it. Loaded when first needed: most nodes never see a large one. */
  parseTemplate: async ({ text }: { text: string }): Promise<{ value: unknown } | { fault: string }> => {
    const { parseTemplate } = await import('../stacks/parse.ts')
    try {
      return { value: parseTemplate(text) }
    } catch (error) {
      if (error instanceof Error && error.name === 'ValidationError') return { fault: error.message }
      throw error
    }
  },
  /** Blocks of Snappy: the codec is in JavaScript. */
  snappyBlocks: async ({ bytes, framing }: { bytes: Uint8Array; framing: SnappyFraming }): Promise<Uint8Array> => {
    const { snappyBlocks } = await import('./snappy.ts')
    return snappyBlocks(bytes, framing)
  },
}
