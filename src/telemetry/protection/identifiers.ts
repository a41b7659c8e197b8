/** Where sensitive data is in a text: from, and up to. */
export type Span = readonly [from: number, to: number]
type Finder = (text: string) => Iterable<Span>

/**
 * What managed data identifiers find, by their names; each in time linear in the text. Those of which the service says
 * by what they are found; cards are found without a word near them, too: what is masked can still be unmasked.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL-managed-data-identifiers.html
 */
export const identifiers: Readonly<Record<string, Finder>> = {
  EmailAddress: addresses,
  IpAddress: (text) => [...matching(ipV4)(text), ...matching(ipV6, isIpV6)(text)],
  CreditCardNumber: cards,
  AwsSecretKey: (text) => near(text, matching(/(?<![\w/+])[\w/+]{40}(?![\w/+=])/g)(text), secretWords),
  OpenSshPrivateKey: between('-----BEGIN OPENSSH PRIVATE KEY-----', '-----END OPENSSH PRIVATE KEY-----'),
  PgpPrivateKey: between('-----BEGIN PGP PRIVATE KEY BLOCK-----', '-----END PGP PRIVATE KEY BLOCK-----'),
  PkcsPrivateKey: (text) =>
    ['', 'RSA ', 'EC ', 'ENCRYPTED '].flatMap((kind) => [
      ...between(`-----BEGIN ${kind}PRIVATE KEY-----`, `-----END ${kind}PRIVATE KEY-----`)(text),
    ]),
  PuttyPrivateKey: between('PuTTY-User-Key-File-', 'Private-MAC: ', 40),
}

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const ipV4 = new RegExp(`(?<![\\d.])${octet}(?:\\.${octet}){3}(?!\\d|\\.\\d)`, 'g')
const ipV6 = /(?<![:.\w])(?:[\dA-Fa-f]{0,4}:){2,7}[\dA-Fa-f]{0,4}(?![:\w])/g
const isIpV6 = (text: string) => text.includes('::') || text.split(':').length === 8
const secretWords =
  /aws_?secret_?access_?key|credentials|secret[ _-]?access[ _-]?key|secret[ _-]?key|set-awscredential/i
/** A word that has to be near the data is at most so far from it. */
const nearChars = 30

function matching(pattern: RegExp, holds: (text: string) => boolean = () => true): Finder {
  return function* (text) {
    for (const match of text.matchAll(pattern)) if (holds(match[0])) yield [match.index, match.index + match[0].length]
  }
}

const address = /@(?<=([\w.%+-]{1,64})@)[A-Za-z\d-]{1,63}(?:\.[A-Za-z\d-]{1,63}){1,8}/g

/** From each @ in both directions: text without one costs no more than to be read. */
function* addresses(text: string): Generator<Span> {
  for (const { index, 0: domain, 1: name = '' } of text.matchAll(address))
    yield [index - name.length, index + domain.length]
}

const cardStart = /(?<!\d|\d[.-])[3-6]/g
const [fewestDigits, mostDigits] = [13, 19]

/** Numbers of 13 to 19 digits with their check digit, also where another number stands before or behind them. */
function* cards(text: string): Generator<Span> {
  for (const { index: from } of text.matchAll(cardStart)) {
    // By Luhn's formula: every other digit counts twice. Which those are, the last one says.
    let [evenTwice, oddTwice, count, end] = [0, 0, 0, 0]
    for (let at = from; count < mostDigits; at++) {
      const digit = digitAt(text, at)
      if (digit === undefined) {
        if ((text[at] === ' ' || text[at] === '-') && digitAt(text, at + 1) !== undefined) continue
        break
      }
      const twice = digit > 4 ? digit * 2 - 9 : digit * 2
      evenTwice += count % 2 === 0 ? twice : digit
      oddTwice += count % 2 === 0 ? digit : twice
      count++
      const sum = count % 2 === 0 ? evenTwice : oddTwice
      if (count >= fewestDigits && sum % 10 === 0 && digitAt(text, at + 1) === undefined) end = at + 1
    }
    if (end > 0) yield [from, end]
  }
}

function digitAt(text: string, index: number): number | undefined {
  const digit = text.charCodeAt(index) - 48
  return digit >= 0 && digit <= 9 ? digit : undefined
}

/** From a text to another, and to the end where that is missing; `more` characters behind it, too. */
function between(begin: string, end: string, more = 0): Finder {
  return function* (text) {
    for (let from = text.indexOf(begin); from !== -1; ) {
      const found = text.indexOf(end, from + begin.length)
      const to = found === -1 ? text.length : Math.min(text.length, found + end.length + more)
      yield [from, to]
      from = text.indexOf(begin, to)
    }
  }
}

function* near(text: string, spans: Iterable<Span>, word: RegExp): Generator<Span> {
  for (const [from, to] of spans)
    if (word.test(text.slice(Math.max(0, from - 2 * nearChars), to + 2 * nearChars))) yield [from, to]
}
