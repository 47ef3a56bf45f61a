/**
 * Remembers what was made last: mostly all items have the same settings, and then get the same object, which is made and
 * checked once.
 *
 * @param make depends on nothing but what it is given, which JSON must be able to hold.
 */
export function rememberLast<Given extends unknown[], T>(
	make: (...given: Given) => T,
): (...given: Given) => T {
	let last: { id: string; made: T } | undefined;
	return (...given) => {
		const id = JSON.stringify(given);
		if (last?.id !== id) last = { id, made: make(...given) };
		return last.made;
	};
}
