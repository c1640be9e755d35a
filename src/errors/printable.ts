/**
 * Text that is safe to write to a terminal: control characters, and those that reverse or hide text, appear as escapes.
 * Line breaks stay, unless `oneLine` is asked for; a tab becomes a space.
 */
export function printable(text: string, options: { readonly oneLine?: boolean } = {}): string {
  return text.replaceAll(UNSAFE, (character) => {
    if (character === '\t') return ' '
    if (character === '\n' && !options.oneLine) return character
    const code = character.codePointAt(0) ?? 0
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

// C0, DEL, C1; line and paragraph separators; marks and overrides of direction; zero-width characters; lone surrogates.
const UNSAFE = /[\p{Cc}\u2028\u2029\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\p{Cs}]/gu
