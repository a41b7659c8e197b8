import type { Ctx } from '../../kernel/context.ts'
import type { Tx } from '../../kernel/records.ts'
import { parseKeyId } from './find.ts'
import { makeMaterial } from './material.ts'
import { managedPolicy } from './policy.ts'
import { alias, aliasOf, key, lastUse } from './state.ts'

/** Services whose own keys there may be. */
const services = ['acm', 'dynamodb', 'ebs', 'kinesis', 'lambda', 's3', 'secretsmanager', 'sns', 'sqs', 'ssm']

/** Makes the AWS managed key that an alias of this account names, unless it is there or no service is of that name. */
export async function ensureManaged(tx: Tx, keyId: string, ctx: Ctx): Promise<void> {
  const { account, alias: name } = parseKeyId(keyId, ctx.scope)
  const service = name?.startsWith('alias/aws/') ? name.slice('alias/aws/'.length) : undefined
  if (name === undefined || service === undefined || account !== ctx.account) return
  if (!services.includes(service) || (await tx.get(alias(name)))) return
  const id = ctx.newId()
  tx.set(key(id), {
    id,
    createdAtMs: ctx.nowMs,
    description: `Default key that protects my ${service} data when no other key is defined`,
    usage: 'ENCRYPT_DECRYPT',
    spec: 'SYMMETRIC_DEFAULT',
    state: 'Enabled',
    managedFor: service,
    policy: managedPolicy(service, ctx.scope),
    tags: {},
    material: await makeMaterial(tx, ctx.host, id, 'SYMMETRIC_DEFAULT'),
  })
  tx.set(lastUse(id), { trackedFromMs: ctx.nowMs })
  tx.set(alias(name), { keyId: id, createdAtMs: ctx.nowMs, updatedAtMs: ctx.nowMs })
  tx.set(aliasOf(id, name), true)
}
