import { createPrivateKey, createPublicKey, sign } from 'node:crypto'

/** ASN.1, DER: a tag, the length of what follows, and that. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const size = content.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts)
/** sha256WithRSAEncryption, 1.2.840.113549.1.1.11, without parameters. */
const algorithm = sequence(der(0x06, Buffer.from('2a864886f70d01010b', 'hex')), der(0x05))
/** RFC 5280, 4.1.2.5: for what has no end. */
const never = der(0x18, Buffer.from('99991231235959Z'))

/**
 * An X.509 certificate (RFC 5280) for an RSA key that the key itself signs: what validators take the public key of.
 * In PEM. Without an end it is good for ever: there is nobody who would renew it.
 */
export function selfSigned(
  privateKeyPem: string,
  commonName: string,
  serial: Uint8Array,
  fromMs: number,
  untilMs?: number,
): string {
  const key = createPrivateKey(privateKeyPem)
  const name = sequence(
    der(0x31, sequence(der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from(commonName)))),
  )
  // Version 3; a leading zero keeps the serial number positive.
  const version = der(0xa0, der(0x02, Buffer.from([2])))
  const number = der(0x02, Buffer.from([0x00, 0x80 | (serial[0] ?? 0)]), serial.subarray(1))
  const validity = sequence(time(fromMs), untilMs === undefined ? never : time(untilMs))
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const content = sequence(version, number, algorithm, name, validity, name, publicKey)
  const signature = der(0x03, Buffer.from([0]), sign('sha256', content, key))
  const base64 = sequence(content, algorithm, signature).toString('base64')
  const lines = base64.match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

/** Until 2050 two digits tell the year. */
function time(atMs: number): Buffer {
  const text = `${new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
  return text < '2050' ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text))
}
