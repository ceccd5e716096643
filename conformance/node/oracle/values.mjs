// Numbers, instants, addresses and bytes, read strictly: as AWS documents them.

import { isIPv4, isIPv6 } from 'node:net'

/** Whether a text is a decimal number. */
export const isNumber = (text) => /^\s*[+-]?(\d+\.?\d*|\.\d+)\s*$/.test(text)

/** An instant in milliseconds: the date profile of the W3C, or seconds since 1970; `undefined` for anything else. */
export function instant(text) {
  if (/^\d+$/.test(text) && text.length !== 4) return Number(text) * 1000
  const parts = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/.exec(text)
  if (!parts) return undefined
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = parts
  const read = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0')}${zone}`)
  return Number.isNaN(read) ? undefined : read
}

/** Whether a text is an address or a range of addresses. */
export function isRange(text) {
  const [address, bits, ...more] = text.split('/')
  const most = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1
  return more.length === 0 && most > 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= most))
}

/** Whether a text is base64, with its padding. */
export const isBase64 = (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)

/** Whether a text is an ARN with its six parts. */
export const isArn = (text) => text.split(':').length >= 6

/** The test that a value must pass to be read by an operator; `undefined` for operators that read every text. */
export function readable(base) {
  if (base.startsWith('Numeric')) return isNumber
  if (base.startsWith('Date')) return (text) => instant(text) !== undefined
  if (base.includes('IpAddress')) return isRange
  if (base === 'BinaryEquals') return isBase64
  if (base.startsWith('Arn')) return isArn
  return undefined
}
