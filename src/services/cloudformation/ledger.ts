import type { Host } from '../../kernel/host.ts'
import type { ReadTx, Scope, Tx } from '../../kernel/records.ts'
import {
  type Ledger,
  type Progress,
  type ResourceEvent,
  type Snapshot,
  Superseded,
  type Target,
} from '../../stacks/deployment.ts'
import type { Leftover, StackResource } from '../../stacks/resource.ts'
import { readStackPolicy } from '../../stacks/stack-policy.ts'
import { readTemplate, type Template } from '../../stacks/template.ts'
import { conclude } from './conclude.ts'
import { addEvent } from './event-log.ts'
import { noteOwner } from './owners.ts'
import { parseText } from './parse-text.ts'
import { hideInJson, hideSecrets, secretsOf, textsIn } from './secrets.ts'
import {
  deployment,
  exported,
  journal,
  leftover,
  resource,
  type Settings,
  type Stack,
  type StoredDeployment,
  stack,
  stackPolicy,
  template,
} from './state.ts'

const longestReason = 4_096
const longestProperties = 65_536

/** The ledger of the deployment that runs for a stack now. Throws Superseded when none does. */
export async function openLedger(
  host: Host,
  scope: Scope,
  uuid: string,
): Promise<{ ledger: Ledger; of: Stack; deployment: StoredDeployment }> {
  const { records } = host
  const found = await records.read(scope, (tx) => tx.getMany<Stack | StoredDeployment>([stack(uuid), deployment(uuid)]))
  const [of, running] = found as [Stack | undefined, StoredDeployment | undefined]
  if (!of || !running) throw new Superseded('no deployment runs')

  const current = async (tx: ReadTx): Promise<StoredDeployment> => {
    const now = await tx.get(deployment(uuid))
    if (now?.id !== running.id) throw new Superseded('another deployment runs')
    return now
  }

  // Read at the start of each phase, parsed when it is another.
  let parsed: { text: string; template: Template } | undefined
  const parse = async (text: string): Promise<Template> => {
    if (parsed?.text !== text) parsed = { text, template: readTemplate(await parseText(text, host.workers)) }
    return parsed.template
  }

  // Attributes that a provider said are secret, as far as the resources of this run have them.
  const attributes = new Set<string>()
  const remember = (resources: readonly StackResource[] | undefined) => {
    for (const { now } of resources ?? [])
      if (now?.noEcho) for (const text of textsIn(now.attributes)) attributes.add(text)
  }

  const ledger: Ledger = {
    async read(): Promise<Snapshot> {
      const { text, policyText, ...stored } = await records.read(scope, (tx) => readStored(tx, uuid, current))
      const settings = stored.deployment.target
      const policy = policyText === undefined ? undefined : readStackPolicy(policyText)
      const target =
        settings && text !== undefined ? { ...targetOf(of, scope, settings, await parse(text)), policy } : undefined
      remember(stored.resources)
      return { ...stored, target }
    },

    commit(progress) {
      remember(progress.resources)
      return records.write(scope, async (tx) => {
        const now = await current(tx)
        const atMs = host.clock.nowMs()
        await apply(tx, uuid, progress)
        const secrets = [...secretsOf(now.target ?? of), ...attributes]
        for (const line of progress.events ?? []) await addEvent(tx, of, host, shown(line, secrets), atMs, now)
        if (progress.transition) await conclude(tx, host, uuid, now, progress.transition, atMs)
      })
    },

    journal: (token) =>
      records.read(scope, async (tx) => {
        const entries = []
        for await (const { key, value } of tx.range(journal.under(uuid, token))) entries[key[2]] = value
        return entries
      }),

    async note(token, index, entry, tx) {
      if (tx) tx.in(scope).set(journal(uuid, token, index), entry)
      else await records.write(scope, (own) => own.set(journal(uuid, token, index), entry))
    },

    async *requests(signal) {
      let seen: string | undefined
      for await (const _ of records.watch(scope, deployment.under(uuid), signal)) {
        const now = await records.read(scope, (tx) => tx.get(deployment(uuid)))
        if (now?.id !== running.id) return
        if (now.request && now.request !== seen) yield now.request
        seen = now.request
      }
    },
  }
  return { ledger, of, deployment: running }
}

async function readStored(tx: ReadTx, uuid: string, current: (tx: ReadTx) => Promise<StoredDeployment>) {
  const resources: StackResource[] = []
  const leftovers: Leftover[] = []
  const exports = new Map<string, string>()
  const now = await current(tx)
  for await (const { value } of tx.range(resource.under(uuid))) resources.push(value)
  for await (const { value } of tx.range(leftover.under(uuid))) leftovers.push(value)
  const imports = now.imports ?? []
  for (const [index, found] of (await tx.getMany(imports.map((name) => exported(name)))).entries())
    if (found) exports.set(imports[index] ?? '', found.value)
  // Once it is reached, the target is what the stack has.
  const stored = (await tx.get(template(uuid, 'target'))) ?? (await tx.get(template(uuid, 'stack')))
  const policy = await tx.get(stackPolicy(uuid))
  const policyText = now.policyDuringUpdate ?? policy?.text
  return { deployment: now, resources, leftovers, exports, text: stored?.processed ?? stored?.text, policyText }
}

function targetOf(of: Stack, scope: Scope, { parameters: given, stored, tags }: Settings, read: Template): Target {
  const { account, region } = scope
  const parameters = { ...given, ...stored }
  const environment = { account, region, stackId: of.id, stackName: of.name, notificationArns: [], parameters }
  return { template: read, environment, tags }
}

/** An event says nothing of NoEcho parameters, and not more than can be read. */
function shown(line: ResourceEvent, secrets: readonly string[]): ResourceEvent {
  const { properties, reason, ...rest } = line
  return {
    ...rest,
    ...(reason === undefined ? {} : { reason: hideSecrets(reason, secrets).slice(0, longestReason) }),
    ...(properties === undefined || properties.length > longestProperties
      ? {}
      : { properties: hideInJson(properties, secrets) }),
  }
}

async function apply(tx: Tx, uuid: string, progress: Progress): Promise<void> {
  for (const item of progress.resources ?? []) {
    await noteOwner(tx, uuid, item.logicalId, item)
    tx.set(resource(uuid, item.logicalId), item)
  }
  for (const id of progress.dropped ?? []) {
    await noteOwner(tx, uuid, id, undefined)
    tx.delete(resource(uuid, id))
  }
  for (const item of progress.leftovers ?? []) tx.set(leftover(uuid, item.key), item)
  for (const key of progress.settled ?? []) tx.delete(leftover(uuid, key))
  for (const token of progress.journalDone ?? []) tx.clear(journal.under(uuid, token))
}
