import type { CustomColors } from '@aws-sdk/client-apigatewayv2'
import { badRequest } from '../find.ts'
import type { Colors } from './state.ts'

/** Six colours, as codes: they are written into a style sheet. Throws BadRequestException. */
export function checkedColors(given: CustomColors | undefined): Colors {
  const checked = (name: keyof CustomColors): string => {
    const value = given?.[name] ?? ''
    if (!/^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(value))
      throw badRequest(`${name} must be a colour such as #1a7f37, not ${value.slice(0, 16)}.`)
    return value
  }
  return {
    AccentColor: checked('AccentColor'),
    BackgroundColor: checked('BackgroundColor'),
    ErrorValidationColor: checked('ErrorValidationColor'),
    HeaderColor: checked('HeaderColor'),
    NavigationColor: checked('NavigationColor'),
    TextColor: checked('TextColor'),
  }
}

/** Relative luminance, 0 (black) to 1 (white). https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
export function luminance(color: string): number {
  const long = color.length === 4 ? [...color.slice(1)].map((digit) => digit + digit).join('') : color.slice(1)
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(long.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** The one of black and white that is better to read on a colour. */
export function readableOn(color: string): string {
  return luminance(color) > 0.179 ? '#000000' : '#ffffff'
}
