import type { JobCtx } from '../../../kernel/delivery.ts'
import { isAwsError } from '../../../kernel/errors.ts'
import { generateResource } from '../../../stacks/generate.ts'
import { type Generated, generateTemplate, type TemplatePart } from '../../../stacks/generate-template.ts'
import { missing, readLive } from '../../../stacks/import.ts'
import { templateLimits } from '../../../stacks/parse.ts'
import { knownAs } from '../../../stacks/relations.ts'
import { maxima } from '../../../stacks/template.ts'
import { isMap, own } from '../../../stacks/value.ts'
import { type Looking, readerOf } from '../looking.ts'
import { parseText } from '../parse-text.ts'
import { stack, template } from '../state.ts'
import {
  type GeneratedTemplate,
  generatedBody,
  generatedTemplate,
  generating,
  type TemplateResource,
  templateResource,
} from './template-state.ts'

/** Resources of one template that are read at once. */
const concurrency = 5

/** Reads what a template is to have, and writes it. Each resource is stored as it is read: a crash loses those under way. */
export async function generate({ uuid }: { uuid: string }, { host, scope, signal }: JobCtx): Promise<void> {
  const { of, resources } = await host.records.read(scope, async (tx) => {
    const stored: TemplateResource[] = []
    for await (const { value } of tx.range(templateResource.under(uuid))) stored.push(value)
    return { of: await tx.get(generatedTemplate(uuid)), resources: stored }
  })
  if (!of?.status.endsWith('_IN_PROGRESS')) return
  const looking = { host, scope, principal: of.principal, signal }
  const ended: TemplateResource[] = []
  for (let at = 0; at < resources.length; at += concurrency) {
    await Promise.all(
      resources.slice(at, at + concurrency).map(async (one) => {
        if (one.status !== 'PENDING') return ended.push(one)
        const now = await generated(one, looking)
        await host.records.write(scope, (tx) => tx.set(templateResource(uuid, one.logicalId), now))
        return ended.push(now)
      }),
    )
  }
  const made = bodyOf(of, ended)
  const based = of.base ? await onBase(host, scope, of.base, made) : { body: made }
  const text = JSON.stringify(based.body)
  const failed = ended.filter(({ status }) => status === 'FAILED').map(({ logicalId }) => logicalId)
  const reason =
    failed.length > 0
      ? `Resources could not be read: ${failed.join(', ')}`
      : based.reason !== undefined
        ? based.reason
        : text.length > templateLimits.urlBytes
          ? `The template is longer than ${templateLimits.urlBytes} characters.`
          : undefined
  await host.records.write(scope, async (tx) => {
    const now = await tx.get(generatedTemplate(uuid))
    if (!now) return
    const status = reason === undefined ? 'COMPLETE' : 'FAILED'
    tx.set(generatedTemplate(uuid), { ...now, status, reason: reason?.slice(0, 256), updatedAtMs: host.clock.nowMs() })
    if (reason === undefined) tx.set(generatedBody(uuid), { text })
    tx.delete(generating(uuid))
  })
}

/** A template of the stack's and of what is generated, or the reason why there can be none. */
async function onBase(
  host: JobCtx['host'],
  scope: JobCtx['scope'],
  { uuid, id }: NonNullable<GeneratedTemplate['base']>,
  made: Generated,
): Promise<{ readonly body: object; readonly reason?: string }> {
  const found = await host.records.read(scope, async (tx) => {
    const of = await tx.get(stack(uuid))
    return of && of.status !== 'DELETE_COMPLETE' ? tx.get(template(uuid, 'stack')) : undefined
  })
  if (!found) return { body: made, reason: `The stack ${id} does not exist, or has no template.` }
  const base = await parseText(found.text, host.workers)
  const there = (section: string) => {
    const value = own(base, section)
    return isMap(value) ? value : {}
  }
  const [resources, parameters] = [there('Resources'), there('Parameters')]
  const twice = Object.keys(made.Resources).find((name) => Object.hasOwn(resources, name))
  if (twice !== undefined) return { body: made, reason: `Resource ${twice} is in the template of the stack already.` }
  const count = Object.keys(resources).length + Object.keys(made.Resources).length
  if (count > maxima.Resources)
    return {
      body: made,
      reason: `A template has at most ${maxima.Resources} resources, and this one ${count}.`,
    }
  return {
    body: {
      ...base,
      Metadata: { ...there('Metadata'), ...made.Metadata },
      ...((made.Parameters || own(base, 'Parameters') !== undefined) && {
        Parameters: { ...parameters, ...made.Parameters },
      }),
      Resources: { ...resources, ...made.Resources },
    },
  }
}

async function generated(one: TemplateResource, looking: Looking): Promise<TemplateResource> {
  const { host, signal } = looking
  try {
    const found = await host.resourceType(one.type)
    const live = found && (await readLive(found, one.identifier, readerOf(looking)))
    if (!found || !live) throw missing(one.type, one.identifier)
    return {
      ...one,
      status: 'COMPLETE',
      reason: undefined,
      knownAs: knownAs(one.type, live.state),
      generated: generateResource(one.logicalId, one.type, found, live.properties),
    }
  } catch (error) {
    signal.throwIfAborted()
    if (!isAwsError(error)) {
      const detail = error instanceof Error ? error.stack : String(error)
      host.log.error('a resource could not be read', { type: one.type, identifier: one.identifier, error: detail })
    }
    const reason = isAwsError(error) ? error.message : 'Internal failure'
    return { ...one, status: 'FAILED', reason }
  }
}

function bodyOf(of: GeneratedTemplate, resources: readonly TemplateResource[]): Generated {
  const parts = resources.flatMap(({ logicalId, type, generated: made, knownAs: names = [] }): TemplatePart[] =>
    made ? [{ ...made, logicalId, type, knownAs: names }] : [],
  )
  const policy = (value: 'DELETE' | 'RETAIN') => (value === 'DELETE' ? 'Delete' : 'Retain')
  return generateTemplate(parts, {
    templateId: of.id,
    deletionPolicy: policy(of.deletionPolicy),
    updateReplacePolicy: policy(of.updateReplacePolicy),
  })
}
