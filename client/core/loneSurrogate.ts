/**
 * What is wrong with a text that is not well-formed (`String.prototype.isWellFormed`) where it becomes part of an address.
 * Stands after the name of what holds it: "Model holds half a character …".
 */
export const LONE_SURROGATE = 'holds half a character, as when a text is cut within an emoji';
