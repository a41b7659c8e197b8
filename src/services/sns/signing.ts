import { createPrivateKey, sign as cryptoSign, generateKeyPair, hash, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { selfSigned } from '../../kernel/certificate.ts'
import type { Host } from '../../kernel/host.ts'
import { type Signer, signer } from './state.ts'

/** Below the node's address: what is asked for without a signature. */
export const prefix = '/_aws/sns/'

const everywhere = { account: '', region: '' }
const purpose = 'sns-signing'
const makeKey = promisify(generateKeyPair)
const signAsync = promisify(
  (algorithm: string, data: Uint8Array, key: KeyObject, done: (error: Error | null, made: Buffer) => void) =>
    cryptoSign(algorithm, data, key, done),
)

interface Known {
  readonly key: KeyObject
  readonly certificate: string
  /** Of the certificate's name, as the real service has them. */
  readonly fingerprint: string
}

const known = new WeakMap<Host, Promise<Known>>()

/** The key that the nodes sign with, and its certificate: made once, and kept sealed. */
function knownOf(host: Host): Promise<Known> {
  const there = known.get(host)
  if (there) return there
  const asked = load(host)
  known.set(host, asked)
  asked.catch(() => known.delete(host))
  return asked
}

async function load(host: Host): Promise<Known> {
  const kept = (await host.records.read(everywhere, (tx) => tx.get(signer()))) ?? (await make(host))
  const plain = host.sealing.unseal(purpose, kept.sealedKey)
  if (!plain) throw new Error('the key that SNS signs with cannot be opened')
  const { certificate } = kept
  return { key: createPrivateKey(Buffer.from(plain)), certificate, fingerprint: hash('md5', certificate) }
}

async function make(host: Host): Promise<Signer> {
  const { privateKey } = await makeKey('rsa', { modulusLength: 2_048 })
  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const serial = Buffer.from(host.ids.uuid().replaceAll('-', ''), 'hex')
  const made: Signer = {
    certificate: selfSigned(pem, 'sns.amazonaws.com', serial, host.clock.nowMs()),
    sealedKey: host.sealing.seal(purpose, Buffer.from(pem)),
  }
  return host.records.write(everywhere, async (tx) => {
    // Another node was quicker.
    const there = await tx.get(signer())
    if (!there) tx.set(signer(), made)
    return there ?? made
  })
}

/** The certificate that is served under a path; undefined for one that is not there. */
export async function certificateAt(path: string, host: Host): Promise<string | undefined> {
  const { certificate, fingerprint } = await knownOf(host)
  return path === nameOf(fingerprint) ? certificate : undefined
}

function nameOf(fingerprint: string): string {
  return `${prefix}SimpleNotificationService-${fingerprint}.pem`
}

type Message = Readonly<Record<string, unknown>>

/** What is signed, in this order, as far as the message has it. */
const signedNames = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']

/**
 * A message with what proves that this node sent it: SHA-1 with version 1, SHA-256 with version 2.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html
 */
export async function signed<M extends Message>(message: M, version: string, host: Host) {
  const { key, fingerprint } = await knownOf(host)
  const text = signedNames
    .filter((name) => message[name] !== undefined)
    .map((name) => `${name}\n${String(message[name])}\n`)
    .join('')
  const made = await signAsync(version === '2' ? 'sha256' : 'sha1', Buffer.from(text), key)
  return {
    ...message,
    SignatureVersion: version,
    Signature: made.toString('base64'),
    SigningCertURL: `${host.publicUrl}${nameOf(fingerprint)}`,
  }
}
