import { awsError } from '../../kernel/errors.ts'

/** A form as a browser posts it: what comes before the file, then the file as it arrives. What follows is ignored. */
export interface Form {
  /** By name in lower case. */
  readonly fields: ReadonlyMap<string, string>
  readonly fileName: string
  readonly file: AsyncIterable<Uint8Array>
}

const maxHeaderBytes = 8 * 1024
/** S3's bound on all that is not the file. */
const maxFieldBytes = 20 * 1024
const maxTrailingBytes = 64 * 1024

/** Reads `multipart/form-data` up to its file. https://www.rfc-editor.org/rfc/rfc7578 */
export async function readForm(body: AsyncIterable<Uint8Array>, contentType: string): Promise<Form> {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) throw malformed('The Content-Type names no boundary.')
  const input = new Input(body, Buffer.from(`\r\n--${boundary}`))
  const fields = new Map<string, string>()
  let left = maxFieldBytes
  await input.untilDelimiter(maxFieldBytes)
  for (;;) {
    if ((await input.take(2)).toString('latin1') !== '\r\n') throw missingFile()
    const { name, fileName } = disposition(
      (await input.until(Buffer.from('\r\n\r\n'), maxHeaderBytes)).toString('utf8'),
    )
    if (name === 'file') return { fields, fileName: fileName ?? '', file: input.rest() }
    const value = await input.untilDelimiter(left)
    left -= name.length + value.length
    if (fields.has(name)) throw malformed(`The field ${name} is there twice.`)
    fields.set(name, value.toString('utf8'))
  }
}

/** Bytes as they arrive, held only as far as something is looked for in them. */
class Input {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #delimiter: Buffer
  // As if a line had ended before the first delimiter, which begins the body.
  #held: Buffer = Buffer.from('\r\n')
  #ended = false

  constructor(source: AsyncIterable<Uint8Array>, delimiter: Buffer) {
    this.#source = source[Symbol.asyncIterator]()
    this.#delimiter = delimiter
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false
    const { done, value } = await this.#source.next()
    if (done) this.#ended = true
    else this.#held = this.#held.length === 0 ? Buffer.from(value) : Buffer.concat([this.#held, value])
    return !done
  }

  async take(size: number): Promise<Buffer> {
    while (this.#held.length < size) if (!(await this.#more())) throw cutOff()
    return this.#cut(size, 0)
  }

  untilDelimiter(maxBytes: number): Promise<Buffer> {
    return this.until(this.#delimiter, maxBytes)
  }

  async until(mark: Buffer, maxBytes: number): Promise<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(mark)
      if (at > maxBytes || (at === -1 && this.#held.length > maxBytes + mark.length)) {
        throw awsError(
          'MaxPostPreDataLengthExceeded',
          'Your POST request fields preceding the upload file were too large.',
          {
            status: 400,
          },
        )
      }
      if (at !== -1) return this.#cut(at, mark.length)
      if (!(await this.#more())) throw cutOff()
    }
  }

  /** What stands before the next delimiter, in chunks; then a little of what follows is read, so that the connection lives on. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.#held.indexOf(this.#delimiter)
      if (at !== -1) {
        if (at > 0) yield this.#cut(at, 0)
        break
      }
      const sure = this.#held.length - this.#delimiter.length
      if (sure > 0) yield this.#cut(sure, 0)
      if (!(await this.#more())) throw cutOff()
    }
    for (let size = 0; size <= maxTrailingBytes; size += this.#cut(this.#held.length, 0).length) {
      if (!(await this.#more())) return
    }
  }

  #cut(size: number, skipped: number): Buffer {
    const bytes = this.#held.subarray(0, size)
    this.#held = this.#held.subarray(size + skipped)
    return bytes
  }
}

function disposition(headers: string): { name: string; fileName: string | undefined } {
  const line = headers.split('\r\n').find((one) => /^content-disposition:/i.test(one)) ?? ''
  const name = parameter(line, 'name')
  if (!/:\s*form-data\b/i.test(line) || name === undefined) throw malformed('A part has no name.')
  return { name: name.toLowerCase(), fileName: parameter(line, 'filename') }
}

/** Browsers write quotes and line ends inside names percent-encoded. */
function parameter(line: string, name: string): string | undefined {
  const value = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(line)
  return (value?.[1] ?? value?.[2])?.replaceAll('%22', '"').replaceAll('%0D%0A', '\r\n')
}

function missingFile(): Error {
  return awsError('InvalidArgument', 'POST requires exactly one file upload per request.', {
    status: 400,
    members: { ArgumentName: 'file', ArgumentValue: '0' },
  })
}

function cutOff(): Error {
  return malformed('The body ended inside of it.')
}

function malformed(hint: string): Error {
  return awsError(
    'MalformedPOSTRequest',
    `The body of your POST request is not well-formed multipart/form-data. ${hint}`,
    { status: 400 },
  )
}
