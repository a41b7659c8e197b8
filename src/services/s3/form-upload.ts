import { awsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { WireRequest, WireResponse } from '../../kernel/http.ts'
import { readXml } from '../../protocol/xml-read.ts'
import { escapeText } from '../../protocol/xml-write.ts'
import { findBucket, noSuchBucket } from './access.ts'
import { checkFormPolicy, type SizeRange } from './form-policy.ts'
import { readForm } from './multipart-form.ts'
import { invalidArgument } from './refuse.ts'
import { visitorContext } from './visitor.ts'

const nowhere = { account: '', region: '' }

interface Put {
  readonly ETag: string
  readonly VersionId?: string
}

/**
 * Answers a browser's form upload: `POST /bucket` with fields that are PutObject's headers, a policy that somebody
 * signed for it, and the file last. The file streams into the same operation that clients call.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 */
export async function uploadForm(wire: WireRequest, host: Host, signal: AbortSignal): Promise<WireResponse> {
  const bucketName = /^\/([a-z0-9.-]+)\/?$/.exec(wire.path)?.[1]
  if (bucketName === undefined || wire.query !== '') {
    throw awsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', { status: 405 })
  }
  const { fields, fileName, file } = await readForm(wire.stream ?? none(), wire.headers['content-type'] ?? '')
  const template = fields.get('key')
  if (!template) {
    throw invalidArgument(
      'key',
      '',
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
    )
  }
  // Browsers of old sent whole paths.
  const key = template.replaceAll('${filename}', () => fileName.slice(fileName.lastIndexOf('\\') + 1))
  const bucket = await host.records.read(nowhere, (tx) => findBucket(tx, bucketName))
  if (!bucket) throw noSuchBucket(bucketName)
  const { principal, region, conditions } = await host.authenticateForm(fields, ['s3'])
  const range = conditions && checkFormPolicy(conditions, fields, { bucket: bucketName, key })
  const put = await host.invoke<Put>(
    's3:PutObject',
    { Bucket: bucketName, Key: key, Body: within(file, range), ...inputOf(fields) },
    {
      as: principal,
      scope: { account: principal.account || bucket.account, region: region ?? bucket.region },
      signal,
      context: { ...visitorContext(wire), 's3:authType': 'POST' },
    },
  )
  return answer(fields, { bucket: bucketName, key, put, origin: wire.origin })
}

/** PutObject's members by the form's fields. */
const members: Readonly<Record<string, string>> = {
  acl: 'ACL',
  'content-type': 'ContentType',
  'cache-control': 'CacheControl',
  'content-disposition': 'ContentDisposition',
  'content-encoding': 'ContentEncoding',
  'x-amz-storage-class': 'StorageClass',
  'x-amz-website-redirect-location': 'WebsiteRedirectLocation',
  'x-amz-server-side-encryption': 'ServerSideEncryption',
  'x-amz-server-side-encryption-aws-kms-key-id': 'SSEKMSKeyId',
  'x-amz-server-side-encryption-context': 'SSEKMSEncryptionContext',
  'x-amz-server-side-encryption-customer-algorithm': 'SSECustomerAlgorithm',
  'x-amz-server-side-encryption-customer-key': 'SSECustomerKey',
  'x-amz-server-side-encryption-customer-key-md5': 'SSECustomerKeyMD5',
  'x-amz-object-lock-mode': 'ObjectLockMode',
  'x-amz-object-lock-legal-hold': 'ObjectLockLegalHoldStatus',
  'content-md5': 'ContentMD5',
  'x-amz-checksum-algorithm': 'ChecksumAlgorithm',
  'x-amz-checksum-crc32': 'ChecksumCRC32',
  'x-amz-checksum-crc32c': 'ChecksumCRC32C',
  'x-amz-checksum-crc64nvme': 'ChecksumCRC64NVME',
  'x-amz-checksum-sha1': 'ChecksumSHA1',
  'x-amz-checksum-sha256': 'ChecksumSHA256',
}

function inputOf(fields: ReadonlyMap<string, string>): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  const Metadata: Record<string, string> = {}
  for (const [name, value] of fields) {
    const member = members[name]
    if (member !== undefined) input[member] = headerOf(name, value)
    else if (name.startsWith('x-amz-meta-')) Metadata[name.slice('x-amz-meta-'.length)] = headerOf(name, value)
    else if (name === 'expires' || name === 'x-amz-object-lock-retain-until-date') {
      const time = new Date(value)
      if (!Number.isNaN(time.getTime())) input[name === 'expires' ? 'Expires' : 'ObjectLockRetainUntilDate'] = time
    } else if (name === 'tagging') input.Tagging = tagsOf(value)
  }
  return { ...input, Metadata }
}

/** A field as it would have come in a header, where it goes when the object is read: its bytes as letters, on one line. */
function headerOf(name: string, value: string): string {
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || /\p{Cc}/u.test(value))
    throw invalidArgument(
      name,
      value.slice(0, 200),
      'A field that becomes a header has one line, and a name that headers may have.',
    )
  return Buffer.from(value).toString('latin1')
}

/** A form gives tags as the XML that PutObjectTagging takes. */
function tagsOf(xml: string): string {
  const set = documentOf(xml).children.find(({ name }) => name === 'TagSet')
  const pairs = (set?.children ?? []).map(({ children }) => {
    const text = (wanted: string) => children.find(({ name }) => name === wanted)?.text ?? ''
    return `${encodeURIComponent(text('Key'))}=${encodeURIComponent(text('Value'))}`
  })
  return pairs.join('&')
}

function documentOf(xml: string) {
  try {
    return readXml(Buffer.from(xml))
  } catch (cause) {
    throw awsError('MalformedXML', 'The XML of the field tagging is not well-formed.', { status: 400, cause })
  }
}

async function* within(file: AsyncIterable<Uint8Array>, range: SizeRange | undefined): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0
  for await (const chunk of file) {
    sizeBytes += chunk.length
    if (range && sizeBytes > range.max) {
      throw awsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
        status: 400,
        members: { ProposedSize: sizeBytes, MaxSizeAllowed: range.max },
      })
    }
    yield chunk
  }
  if (range && sizeBytes < range.min) {
    throw awsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      status: 400,
      members: { ProposedSize: sizeBytes, MinSizeAllowed: range.min },
    })
  }
}

interface Uploaded {
  readonly bucket: string
  readonly key: string
  readonly put: Put
  readonly origin: string
}

function answer(fields: ReadonlyMap<string, string>, { bucket, key, put, origin }: Uploaded): WireResponse {
  const { ETag, VersionId } = put
  const location = `${origin}/${[bucket, ...key.split('/')].map(encodeURIComponent).join('/')}`
  const headers = { etag: ETag, ...(VersionId !== undefined && { 'x-amz-version-id': VersionId }) }
  const redirect = fields.get('success_action_redirect') ?? fields.get('redirect')
  if (redirect !== undefined && URL.canParse(redirect) && /^https?:/i.test(redirect)) {
    const url = new URL(redirect)
    for (const [name, value] of Object.entries({ bucket, key, etag: ETag })) url.searchParams.append(name, value)
    return { status: 303, headers: { ...headers, location: url.href } }
  }
  const status = fields.get('success_action_status')
  if (status === '201') {
    const element = (name: string, text: string) => `<${name}>${escapeText(text)}</${name}>`
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>${element('Location', location)}${element('Bucket', bucket)}${element('Key', key)}${element('ETag', ETag)}</PostResponse>`
    return { status: 201, headers: { ...headers, location, 'content-type': 'application/xml' }, body }
  }
  return { status: status === '200' ? 200 : 204, headers: { ...headers, location } }
}

async function* none(): AsyncGenerator<Uint8Array> {}
