import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { type ClientCertificate, clientCertificate, purpose } from '../../gateway/client-certificate.ts'
import { requestTags } from '../../kernel/authorization.ts'
import { selfSigned } from '../../kernel/certificate.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { apiArn, found, newId, page } from './find.ts'
import { patched } from './patch.ts'
import { checkTags } from './tag-limits.ts'

const makeKey = promisify(generateKeyPair)
const missing = 'Invalid Client Certificate Identifier specified'
/** As long as those of the real service. */
const validMs = 365 * 86_400_000

/** Certificates that stages show to servers. https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-client-side-ssl-authentication.html */
export const clientCertificates = operations<Api>()({
  GenerateClientCertificate: {
    authorize: ({ tags }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, 'clientcertificates'), context: requestTags(tags) },
    ],
    async call({ description, tags = {} }, ctx) {
      checkTags(tags)
      const { privateKey } = await makeKey('rsa', { modulusLength: 2_048 })
      const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
      const serial = Buffer.from(ctx.ids.uuid().replaceAll('-', ''), 'hex')
      const expiresAtMs = ctx.nowMs + validMs
      const made: ClientCertificate = {
        ...{ id: newId(ctx, 6), description, createdAtMs: ctx.nowMs, expiresAtMs, tags },
        certificate: selfSigned(pem, 'ApiGateway', serial, ctx.nowMs, expiresAtMs),
        sealedKey: ctx.host.sealing.seal(purpose, Buffer.from(pem)),
      }
      await ctx.write(async (tx) => tx.set(clientCertificate(made.id), made))
      return describe(made)
    },
  },

  GetClientCertificate: {
    authorize: ({ clientCertificateId: id }, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, path(id)) }],
    async read(tx, { clientCertificateId }) {
      return describe(await found(tx, clientCertificate(clientCertificateId), missing))
    },
  },

  GetClientCertificates: {
    authorize: (_, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, 'clientcertificates') }],
    async read(tx, input) {
      const { values, position } = await page(tx, (bounds) => clientCertificate.between([], bounds), input)
      return { items: values.map(describe), position }
    },
  },

  UpdateClientCertificate: {
    authorize: ({ clientCertificateId: id }, ctx) => [{ action: 'apigateway:PATCH', resource: apiArn(ctx, path(id)) }],
    async write(tx, { clientCertificateId, patchOperations }) {
      const before = await found(tx, clientCertificate(clientCertificateId), missing)
      const { description } = patched({ description: before.description }, patchOperations, { '/description': 'text' })
      const next = { ...before, description }
      tx.set(clientCertificate(before.id), next)
      return describe(next)
    },
  },

  DeleteClientCertificate: {
    authorize: ({ clientCertificateId: id }, ctx) => [{ action: 'apigateway:DELETE', resource: apiArn(ctx, path(id)) }],
    async write(tx, { clientCertificateId }) {
      await found(tx, clientCertificate(clientCertificateId), missing)
      tx.delete(clientCertificate(clientCertificateId))
      return {}
    },
  },
})

function path(id: string): string {
  return `clientcertificates/${id}`
}

function describe(one: ClientCertificate) {
  return {
    clientCertificateId: one.id,
    description: one.description,
    pemEncodedCertificate: one.certificate,
    createdDate: new Date(one.createdAtMs),
    expirationDate: new Date(one.expiresAtMs),
    tags: Object.keys(one.tags).length > 0 ? { ...one.tags } : undefined,
  }
}
