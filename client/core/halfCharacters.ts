/**
 * Why a text with one half of a pair of UTF-16 surrogates cannot be used where it becomes part of an address. Continues
 * a sentence.
 */
export const HALF_CHARACTER = 'holds half a character, as when a text is cut within an emoji';

export const hasHalfCharacter = (text: string) => /\p{Surrogate}/u.test(text);
